"""A short print of a simulator's code, so that a campaign notices when it has changed.

The print covers the module that defines the simulator and what that imports from the same package
or folder, found by reading the files; of a function in a notebook or a script, the function and the
functions beside it that it calls. Comments, blank lines and formatting do not count, nor where the
files lie: the same code has the same print on every machine. Libraries are not covered. Of what a
plan declares (an adapter) it is the programs and modules beside the plan that the declaration
runs; other files that it names are in the plan's identity.
"""

import ast
import inspect
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from textwrap import dedent
from types import FunctionType

from surrogate.oracle import Simulator, SimulatorSource, import_path

_DIGITS = 12
_LONGEST = 200  # characters of a file's name; a longer word of a command is none
_MODULE = re.compile(r"^([\w.]+):\w+$")
_SILENT = (tokenize.COMMENT, tokenize.NL, tokenize.ENCODING, tokenize.ENDMARKER)
_MARKS = {tokenize.NEWLINE: "\n", tokenize.INDENT: ">", tokenize.DEDENT: "<"}


def code_print(source: SimulatorSource, simulator: Simulator) -> str:
    """Twelve hexadecimal digits; empty where the code cannot be read."""
    if source.declare:
        texts = _declared_texts(source)
    else:
        name = (source.use or import_path(simulator)).partition(":")[0]
        texts = _function_texts(simulator) if name == "__main__" else _module_texts(name)
    told = "\0".join(f"{where}\0{_bare(text)}" for where, text in sorted(dict(texts).items()))
    digest = blake2b(told.encode("utf-8", "replace"), digest_size=_DIGITS // 2)
    return digest.hexdigest() if told else ""


def _declared_texts(source: SimulatorSource) -> Iterator[tuple[str, str]]:
    """Each file beside the plan that a declaration runs: of its command, or as module:attribute."""
    folder = Path(source.paths[0] if source.paths else ".")
    command = [str(word).replace("{{folder}}/", "") for word in source.declare.get("command", [])]
    modules = [_MODULE.match(text) for text in source.declare.values() if isinstance(text, str)]
    named = [*command, *(f"{found[1].replace('.', '/')}.py" for found in modules if found)]
    for name in sorted(set(named)):
        path = folder / name
        if not Path(name).is_absolute() and len(name) <= _LONGEST and path.is_file():
            code = (
                path.read_text(encoding="utf-8", errors="replace") if path.suffix == ".py" else ""
            )
            yield name, code or blake2b(path.read_bytes()).hexdigest()


def _module_texts(name: str) -> Iterator[tuple[str, str]]:
    """Each file by its module's name: the simulator's, and what it imports from beside it."""
    module = sys.modules.get(name)
    if not module or not module.__file__:
        return
    file = Path(module.__file__)
    root = file.parents[name.count(".") + (file.stem == "__init__")]
    family = name.partition(".")[0] if "." in name else ""
    todo, seen = [name], set[str]()
    while todo:
        current = todo.pop()
        path = _file(root, current)
        if current in seen or path is None:
            continue
        seen.add(current)
        text = path.read_text(encoding="utf-8", errors="replace")
        yield current, text
        if root.name != "site-packages" or family:
            found = _imports(text, current, is_package=path.stem == "__init__")
            todo += [one for one in found if not family or one.partition(".")[0] == family]


def _file(root: Path, name: str) -> Path | None:
    place = root.joinpath(*name.split("."))
    ways = (place / "__init__.py", place.with_name(place.name + ".py"))
    return next((way for way in ways if way.is_file()), None)


def _imports(text: str, module: str, *, is_package: bool) -> Iterator[str]:
    """Names that may be modules, as a module imports them."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    package = module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _function_texts(simulator: Simulator) -> Iterator[tuple[str, str]]:
    """The simulator's function or class, and the functions of the same notebook that it calls."""
    todo, seen = [getattr(simulator, "function", type(simulator))], set[str]()
    while todo:
        current = todo.pop()
        if current.__qualname__ in seen:
            continue
        seen.add(current.__qualname__)
        try:
            yield current.__qualname__, inspect.getsource(current)
        except (OSError, TypeError):  # typed into a terminal: nobody has kept it
            continue
        if isinstance(current, FunctionType):
            named = (current.__globals__.get(name) for name in current.__code__.co_names)
            todo += [
                one
                for one in named
                if isinstance(one, FunctionType) and one.__module__ == "__main__"
            ]


def _bare(text: str) -> str:
    """Code without comments, blank lines and spaces between its words."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(dedent(text)).readline))
    except (tokenize.TokenError, SyntaxError):
        return "\n".join(text.split())
    return "".join(_MARKS.get(t.type, t.string) for t in tokens if t.type not in _SILENT)
