"""What a person sees while a campaign runs: a live view on a terminal, plain lines elsewhere.

What `watching` gives is handed to the runner as its observer. The words are made by plain
functions, so that both views say the same.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from surrogate.models.quality import error_in_words
from surrogate.runner import Progress
from surrogate.session import Outlook, duration
from surrogate.tables import blocks

Observe = Callable[[Progress], None]

_STEPS = 20  # plain lines over a whole campaign, so that a log of 10,000 runs stays readable


@contextmanager
def watching(console: Console, title: str) -> Iterator[Observe]:
    """What shows a campaign's snapshots while the context lasts, whenever they come: at once on a
    terminal, in a log at each twentieth of the runs.
    """
    if not console.is_terminal:
        yield _Log(console)
        return
    with Live(console=console, auto_refresh=False, transient=False) as live:
        yield lambda progress: live.update(panel(title, progress), refresh=True)


class _Log:
    """Prints the first snapshot of each twentieth of the runs."""

    def __init__(self, console: Console) -> None:
        self._console, self._step = console, -1

    def __call__(self, progress: Progress) -> None:
        step = _STEPS * progress.settled // max(progress.total, 1)
        if step > self._step:
            self._step = step
            self._console.print(line(progress), highlight=False, soft_wrap=True, markup=False)


def line(progress: Progress) -> str:
    """A snapshot as one line of a log."""
    left, outlook = progress.seconds_left, progress.outlook
    parts = [
        f"{progress.done}/{progress.total} done",
        f"{progress.in_flight} in flight",
        _failures(progress),
        f"{progress.rate:.1f} runs/s",
        f"workers busy {100 * progress.busy:.0f} %",
        "" if outlook.error is None else error_words(outlook),
        outlook.forecast,
        "" if left is None else f"{duration(left)} left",
        progress.message,
    ]
    return ", ".join(filter(None, parts))


def _failures(progress: Progress) -> str:
    """Runs that failed, and queries that were given up for it."""
    lost = f" ({progress.given_up} given up)" if progress.given_up else ""
    return f"{progress.failed} failed{lost}"


def error_words(outlook: Outlook) -> str:
    """The expected error of the map, with what it is an error of."""
    if outlook.error is None:
        return "not known yet"
    return error_in_words(outlook.error, outlook.error_of)


def panel(title: str, progress: Progress) -> RenderableType:
    """A snapshot as a block of a live display."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column()
    facts.add_row(
        "runs",
        Text.assemble(
            f"{progress.done} of {progress.total} done · {progress.in_flight} in flight · ",
            f"{progress.queued} queued · ",
            (_failures(progress), "red" if progress.failed else "dim"),
        ),
    )
    facts.add_row("pace", f"{progress.rate:.1f} runs/s · workers busy {100 * progress.busy:.0f} %")
    errors = tuple(error for _, error in progress.outlook.history)
    course = Text.assemble(f"{error_words(progress.outlook)}  ", (blocks(errors), "cyan"))
    facts.add_row("expected error", course)
    if progress.outlook.forecast:
        facts.add_row("outlook", progress.outlook.forecast)
    facts.add_row("time left", duration(progress.seconds_left))
    bar = ProgressBar(total=max(progress.total, 1), completed=progress.settled, width=60)
    said = Text(progress.message, style="italic dim")
    return Group(Text(title, style="bold"), Padding(bar, (0, 0, 0, 0)), facts, said)
