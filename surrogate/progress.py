"""What a person sees while a campaign runs: a live view on a terminal, plain lines elsewhere.

`Watch` is handed to the runner as its observer. The words are made by plain functions, so that
both views say the same.
"""

from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from surrogate.runner import Progress

_STEPS = 20  # plain lines over a whole campaign, so that a log of 10,000 runs stays readable
_BLOCKS = "▁▂▃▄▅▆▇█"
_CURVE = 32  # characters of the error's history


class Watch:
    """Shows a campaign's progress from `__enter__` to `__exit__`; `observe` may come any time."""

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._title = title
        self._errors: list[float] = []
        self._step = -1
        self._live: Live | None = None
        if console.is_terminal:
            self._live = Live(console=console, auto_refresh=False, transient=False)

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live:
            self._live.stop()

    def observe(self, progress: Progress) -> None:
        """Show a snapshot: at once on a terminal, in a log at each twentieth of the runs."""
        if progress.error is not None and self._errors[-1:] != [progress.error]:
            self._errors.append(progress.error)
        if self._live:
            view = panel(self._title, progress, tuple(self._errors))
            self._live.update(view, refresh=True)
            return
        step = _STEPS * progress.done // max(progress.total, 1)
        if step > self._step:
            self._step = step
            self._console.print(line(progress), highlight=False, soft_wrap=True, markup=False)


def line(progress: Progress) -> str:
    """A snapshot as one line of a log."""
    parts = [
        f"{progress.done}/{progress.total} done",
        f"{progress.in_flight} in flight",
        f"{progress.failed} failed",
        f"{progress.rate:.1f} runs/s",
        f"workers busy {progress.busy:.0%}",
    ]
    if progress.error is not None:
        parts.append(error_words(progress))
    if progress.seconds_left is not None:
        parts.append(f"{duration(progress.seconds_left)} left")
    if progress.message:
        parts.append(progress.message)
    return ", ".join(parts)


def error_words(progress: Progress) -> str:
    """The expected error of the map, with what it is an error of."""
    if progress.error is None:
        return "not known yet"
    if progress.error_words.startswith("share "):
        return f"{100 * progress.error:.2g} % {progress.error_words.removeprefix('share ')}"
    return f"{progress.error:.2g} {progress.error_words}".rstrip()


def panel(title: str, progress: Progress, errors: tuple[float, ...] = ()) -> RenderableType:
    """A snapshot as a block of a live display; `errors` is the history of the expected error."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column()
    failed = Text(f"{progress.failed} failed", style="red" if progress.failed else "dim")
    counts = Text(f"{progress.done} of {progress.total} done · {progress.in_flight} in flight · ")
    facts.add_row("runs", counts + Text(f"{progress.queued} queued · ") + failed)
    facts.add_row("pace", f"{progress.rate:.1f} runs/s · workers busy {progress.busy:.0%}")
    facts.add_row("expected error", Text(f"{error_words(progress)}  ") + _curve(errors))
    facts.add_row("time left", duration(progress.seconds_left))
    bar = ProgressBar(total=max(progress.total, 1), completed=progress.done, width=60)
    said = Text(progress.message, style="italic dim")
    return Group(Text(title, style="bold"), Padding(bar, (0, 0, 0, 0)), facts, said)


def _curve(errors: tuple[float, ...]) -> Text:
    """The history of the error as blocks, its highest value a full one."""
    some = errors[:: max(1, -(-len(errors) // _CURVE))]
    top = max(some, default=0.0)
    if len(some) < 2 or top <= 0:
        return Text("")
    last = len(_BLOCKS) - 1
    return Text("".join(_BLOCKS[round(last * error / top)] for error in some), style="cyan")


def duration(seconds: float | None) -> str:
    """Seconds in the words of a person waiting: '42 s', '3 min 20 s', '5 h 10 min'."""
    if seconds is None:
        return "not known yet"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
