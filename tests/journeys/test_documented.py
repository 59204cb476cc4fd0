"""Everything that people can say to the command line is explained, and pages show what runs."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from surrogate.cli import answer, app
from surrogate.cli_options import SECTIONS
from surrogate.plan import Plan

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


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.name)
def test_every_command_that_prose_names_is_there_with_its_options(page: Path) -> None:
    named = re.findall(r"`surrogate ([a-z][^`]*)`", page.read_text().replace("\n", " "))
    for words in map(str.split, named):
        command: click.Command = app
        for word in words:
            command = getattr(command, "commands", {}).get(word, command)
        known = {option for each in command.params for option in each.opts}
        assert command is not app, words
        assert {word for word in words if word.startswith("-")} <= {*known, "--help"}, words


def blocks(kind: str) -> list[str]:
    pages = [ROOT / "README.md", *PAGES]
    return [b for p in pages for b in re.findall(rf"```{kind}\n(.*?)```", p.read_text(), re.DOTALL)]


def test_every_piece_of_a_plan_that_a_page_shows_is_one() -> None:
    plan = tomllib.loads((ROOT / "examples" / "penalty_box.toml").read_text())
    for block in blocks("toml"):
        Plan.from_mapping({**plan, **tomllib.loads(block)})
    assert blocks("toml")


def test_every_piece_of_code_that_a_page_shows_can_be_read() -> None:
    for block in blocks("python"):
        compile(block, "page", "exec")
    assert len(blocks("python")) > 2


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
