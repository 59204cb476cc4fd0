// What happens many times a second and is worth a look now and then.

const REST = 2000; // ms between two looks

// A deed that is done some time after it was called for, once for all who called meanwhile.
// `cancel` forgets what is still to be done.
export function seldom(deed) {
  let soon = null;
  const call = () => {
    soon ??= setTimeout(() => {
      soon = null;
      deed().catch(() => {});
    }, REST);
  };
  return { call, cancel: () => clearTimeout(soon) };
}
