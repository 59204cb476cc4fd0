"""The layers of the house: a module imports only from its own row and the rows above it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROWS = [
    "errors settings clock space pool outcome oracle records expression backdrop goal "
    "bridge wholefile leave",
    "processes declared told codeprint",
    "blas linalg specialfn rarity representing design profiles kernels",
    "dataset models",
    "regions",
    "asking stopping",
    "complaint sections gate_section enough designs plan places learner planned lineage",
    "store",
    "workers session thinking bidding runner",
    "answers plots report",
    "ancestry projects starting recorded standing entry queueing "
    "findings check stored readings answering campaign estimators",
    "timetable cli_schedule views "
    "client mirrored desk service schedule progress tables typed shown answer_tables "
    "exported answer_tables cli_answers cli_compare cli_options labelling cli_label "
    "cli_keep cli_remote cli_read cli_serve keys cli_start "
    "cli __main__",
]
RANK = {module: rank for rank, row in enumerate(ROWS) for module in row.split()}
WORDS_FORBIDDEN = {"scipy", "sklearn", "joblib", "sqlalchemy", "pydantic", "matplotlib"}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def row_of(name: str) -> int:
    return RANK[name.split(".")[1]]


@pytest.mark.parametrize("path", modules("surrogate"), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_imports_only_from_its_own_row_and_above(path: Path) -> None:
    if path == ROOT / "surrogate" / "__init__.py":
        return
    own = row_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
    for name in imports(path):
        assert name.split(".")[0] != "simulators", f"{path} imports {name}"
        assert name != "surrogate", f"{path} imports the package's front door"
        if name.startswith("surrogate."):
            assert row_of(name) <= own, f"{path.name} (row {own}) imports {name}"
        if own == 0:
            assert name.split(".")[0] not in WORDS_FORBIDDEN, f"{path} imports {name}"


@pytest.mark.parametrize("path", modules("simulators"), ids=lambda p: str(p.relative_to(ROOT)))
def test_simulators_import_only_the_words_and_processes(path: Path) -> None:
    for name in imports(path):
        if name.startswith("surrogate."):
            assert row_of(name) <= RANK["processes"], f"{path} imports {name}"
        assert name != "surrogate"


SOURCES = [*modules("surrogate"), *modules("simulators")]


def test_no_module_is_over_400_lines_and_no_function_over_40() -> None:
    long = [str(path) for path in SOURCES if len(path.read_text().splitlines()) > 400]
    for path in SOURCES:
        functions = (
            node
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        )
        long += [f"{path}:{f.name}" for f in functions if (f.end_lineno or 0) - f.lineno >= 40]
    assert long == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Of what is imported as a module is loaded; what a function imports later may be above it."""
    waits = {name_of(path): loaded(path) for path in SOURCES}
    while free := {name for name, needs in waits.items() if not needs & waits.keys()}:
        waits = {name: needs for name, needs in waits.items() if name not in free}
    assert waits == {}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def loaded(path: Path) -> set[str]:
    """The modules that one imports as it is loaded, or may: names from a package can be modules."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}", *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found - {name_of(path)}
