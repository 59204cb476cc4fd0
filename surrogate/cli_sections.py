"""The verbs of the command line by what one wants to do, as `surrogate --help` lists them."""

import re

import click

_WHOLE = 500  # characters: more than any first sentence has

SECTIONS = {
    "Begin": ("init", "keys", "check", "import", "run"),
    "Answer by hand, or in a loop of your own": ("ask", "tell", "label"),
    "While it runs": ("status", "pause", "resume", "stop", "retry"),
    "See what it learned": ("map", "spots", "predict", "sensitivity", "tune"),
    "Know how far to trust it": ("quality", "certify", "verify", "why", "replay"),
    "From one version to the next": ("compare", "timeline", "schedule"),
    "Hand it on": ("export", "report", "serve", "token"),
    "Mend results, keep the store": ("exclude", "correct", "restore", "doctor", "backup"),
}


class Sectioned(click.Group):
    """A group of commands that its help lists in sections, each in one sentence."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections; click calls this where it would write one list."""
        width = max(map(len, self.commands))
        for heading, names in SECTIONS.items():
            rows = [(name.ljust(width), _clause(self.commands[name])) for name in names]
            with formatter.section(heading):
                formatter.write_dl(rows)


def misuse(problem: click.ClickException) -> str:
    """What is wrong with how a command was typed, in one line, and which help tells more."""
    if (whole := problem.format_message()).startswith("Usage:"):  # nothing was typed: the help
        return whole
    said = " ".join(whole.split())
    context = problem.ctx if isinstance(problem, click.UsageError) else None
    verb = context.command_path if context else "surrogate"
    return f"surrogate: {said[:1].lower()}{said[1:].rstrip('.')}; see {verb} --help"


def _clause(verb: click.Command) -> str:
    """What a command is for, up to its first colon or semicolon; the rest is in its own help."""
    return re.split(r"[:;]", verb.get_short_help_str(_WHOLE))[0].rstrip(".")
