"""Text with placeholders: `{{name}}` or `{{name:format}}`, as in command lines and input decks.

A format is one of Python's (`{{speed:.3e}}`, `{{count:04d}}`). Without one a number is written so
that reading it back gives the same number. Nothing is evaluated: a placeholder is a name.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from surrogate.errors import PlanError

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}:]+?)\s*(?::([^{}]*))?\}\}")


@dataclass(frozen=True)
class Template:
    """A text and where it stands, for messages."""

    text: str
    place: str

    def check(self, known: Collection[str]) -> None:
        """Raise `PlanError` for a placeholder that nothing in `known` can fill."""
        for name, _ in _PLACEHOLDER.findall(self.text):
            if name not in known:
                raise PlanError(
                    f"{self.place}: nothing fills the placeholder {{{{{name}}}}}; "
                    f"there are {', '.join(sorted(known))}"
                )

    def filled(self, values: Mapping[str, Any]) -> str:
        """The text with every placeholder filled in; raises `PlanError` for a wrong format."""

        def fill(found: re.Match[str]) -> str:
            name, form = found[1], found[2] or ""
            try:
                return format(values[name], form)
            except ValueError as problem:
                raise PlanError(
                    f"{self.place}: {values[name]!r} cannot be written as {found[0]}: {problem}; "
                    "mend its format"
                ) from problem

        return _PLACEHOLDER.sub(fill, self.text)
