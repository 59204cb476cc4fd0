// What went wrong, in words for people.

export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}
