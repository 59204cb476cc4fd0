"""Everything that people can say to the command line is explained, and pages show what runs."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from surrogate.cli import answer, app
from surrogate.cli_sections import SECTIONS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PAGES = sorted((ROOT / "examples").glob("*.md"))


def verbs(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield " ".join(path), command
        return
    for name, inner in command.commands.items():
        yield from verbs(inner, (*path, name))


VERBS = dict(verbs(app))


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_and_option_is_explained(verb: str) -> None:
    command = VERBS[verb]
    assert command.help
    options = [each for each in command.params if isinstance(each, click.Option)]
    assert [each.name for each in options if not each.help] == []


@pytest.mark.parametrize("verb", sorted({verb.partition(" ")[0] for verb in VERBS}))
def test_the_readme_or_a_page_names_every_verb(verb: str) -> None:
    everywhere = "\n".join([README, *(page.read_text() for page in PAGES)])
    assert re.search(rf"`(surrogate )?{verb}\b|^    surrogate {verb}\b", everywhere, re.MULTILINE)


def test_the_help_lists_every_verb_in_one_section() -> None:
    listed = [verb for verbs in SECTIONS.values() for verb in verbs]
    assert sorted(listed) == sorted(app.commands)


def test_the_help_cuts_no_sentence_short(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["--help"]) == 0
    said = capsys.readouterr().out
    assert "\nWhile it runs:\n  status" in said
    assert "...\n" not in said.partition("Begin:")[2]


def test_the_one_setting_that_is_read_from_the_environment_is_named() -> None:
    settings = (ROOT / "surrogate" / "settings.py").read_text()
    read = set(re.findall(r'environ(?:\.get\(|\[)"(\w+)"', settings))
    operators = (ROOT / "examples" / "operators.md").read_text()
    assert read
    assert read <= set(re.findall(r"\w+", operators))


def commands(page: Path) -> list[str]:
    """The lines that a page shows as typed into a terminal, where they begin with our command."""
    lines = [line.strip() for line in page.read_text().splitlines() if line.startswith("    ")]
    return [line for line in lines if line.startswith("surrogate ")]


@pytest.mark.parametrize("name", ["engineers.md", "operators.md"])
def test_what_a_page_shows_can_be_typed_in_its_order(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = commands(ROOT / "examples" / name)
    assert len(shown) > 5
    for line in shown:
        assert answer(shlex.split(line)[1:]) == 0, f"{line}\n{capsys.readouterr().err}"
