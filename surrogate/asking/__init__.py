"""What to ask next: `choose(surrogate, request)` gives the points that are worth a run."""

from surrogate.asking.choosing import choose
from surrogate.asking.request import Choice, Request

__all__ = ["Choice", "Request", "choose"]
