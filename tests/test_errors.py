"""What people are told when something is wrong: every message in the sources, read one by one."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from surrogate import errors

ROOT = Path(__file__).parent.parent
TREE = {
    name
    for name, found in vars(errors).items()
    if isinstance(found, type) and issubclass(found, errors.SurrogateError)
}
GAP = "\0"  # where a message names what came, or the place of it
EXPECTED = (
    r"expected|must|is not|are not|is no|not \0|is outside|one of|is negative|forbids|never said"
)
THERE_IS = (
    r"there (?:is|are)|(?:has|have|had|holds|begins? with|ends? with|declares|needs?|wants?)\b"
)
ADVICE = (
    "add|ask|begin|check|choose|close|compare|copy|correct|count|declare|decorate|draw|end|exclude|"
    "export|fill|give|go|guess|install|keep|leave|look|loosen|lower|make|mend|move|name|open|put|"
    "raise|read|rename|return|retry|run|say|see|set|start|take|tell|use|validate|wait|widen|write"
)
# Here the last words are those of a program, a library or a run, which say what they can.
PASSED_ON = (
    "\0 \0: importing '\0' failed with",
    "simulator '\0' at \0: ",
    "store \0: ",
    "the program ",
    "the FMU failed: ",
    "the FMU cannot be simulated: ",
)
CAME = re.compile(r"\0|'|--|\b(?:came|no|every|plan|pool|constraints?|campaigns?|items?)\b")
HELPS = re.compile(rf"(?:\b(?:{EXPECTED}|{THERE_IS})|[;:,(] *(?:\w+ )?(?:{ADVICE})\b)")


def message(node: ast.expr) -> str | None:
    """The text of a message, a gap for each value in it; None where it is made elsewhere."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(message(part) or GAP for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return (message(node.left) or GAP) + (message(node.right) or GAP)
    return None


def passes_on(node: ast.AST) -> bool:
    """Whether a handler of our own errors puts a place before what they say."""
    if not isinstance(node, ast.ExceptHandler) or node.type is None:
        return False
    caught = {name.id for name in ast.walk(node.type) if isinstance(name, ast.Name)}
    return bool(caught) and caught <= TREE


def said(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of every message under a node that is a person's first word of a mistake."""
    for inner in ast.iter_child_nodes(node):
        if passes_on(inner):
            continue
        if isinstance(inner, ast.Call) and getattr(inner.func, "id", None) in TREE and inner.args:
            text = message(inner.args[0])
            if text is not None:
                yield inner.lineno, text
        yield from said(inner)


@cache
def everything_said() -> dict[str, str]:
    """Every message by its place."""
    return {
        f"{path.relative_to(ROOT)}:{line}": text
        for package in ("surrogate", "simulators")
        for path in sorted((ROOT / package).rglob("*.py"))
        for line, text in said(ast.parse(path.read_text()))
    }


def test_the_sources_were_read() -> None:
    assert len(everything_said()) > 250


def names_it(text: str) -> bool:
    return bool(CAME.search(text))


def helps(text: str) -> bool:
    return bool(HELPS.search(text)) or (text.startswith(PASSED_ON) and text.endswith(GAP))


@pytest.mark.parametrize("quality", ["what came, or where", "what was expected, or what to do"])
def test_every_message_says(quality: str) -> None:
    good = {"what came, or where": names_it, "what was expected, or what to do": helps}[quality]
    assert {place: text for place, text in everything_said().items() if not good(text)} == {}
