"""What a person allows of a campaign that is run: options of `surrogate run`, and of `Campaign`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Leave:
    """To forget what was learned (`fresh`), to go on although the code has changed.

    `parent` names the campaign that a new one begins from, "previous" the iteration before; with
    `again` one that has spent its budget has a successor though nothing has changed.
    """

    fresh: bool = False
    same_design: bool = False
    parent: str | None = None
    again: bool = False
