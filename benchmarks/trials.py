"""Repeats of a study that resume: each trial's result is a line in a small file, with the commit
that made it and a hash of the code it used, so that only what changed is run again.

The files are part of the project: a study goes on from them on any machine.
"""

import ast
import json
import os
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from joblib import Parallel, delayed

RESULTS = Path(__file__).parent / "results"

Parameters = Mapping[str, Any]


class Study:
    """How results on file are used, and which commits made those that were."""

    any_code = False  # take what is on file, whichever code made it
    made_by: ClassVar[Counter[str]] = Counter()


def run_trials(
    study: str, trial: Callable[..., Any], parameters: Sequence[Parameters], jobs: int = 2
) -> list[Any]:
    """`trial(**p)` for every p, in order; results that are already on file are not made again."""
    path = RESULTS / f"{study}.jsonl"
    maker = {"code": code_hash(trial.__module__), "commit": _commit()}
    known = {
        key: line
        for key, line in _latest(path).items()
        if Study.any_code or line["code"] == maker["code"]
    }
    missing = [p for p in parameters if _key(p) not in known]
    path.parent.mkdir(exist_ok=True)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    work = (delayed(_one)(trial, p) for p in missing)
    for key, result in Parallel(n_jobs=jobs, return_as="generator_unordered")(work):
        known[key] = {**maker, "key": key, "result": result}
        with path.open("a") as file:
            file.write(json.dumps(known[key]) + "\n")
    lines = sorted(_latest(path).items())  # read anew: others may have added theirs
    path.write_text("".join(json.dumps(line) + "\n" for _, line in lines))
    asked = [known[_key(p)] for p in parameters]
    Study.made_by.update(line["commit"] for line in asked)
    return [line["result"] for line in asked]


def code_hash(module: str) -> str:
    """A hash of what a module does and all of the project's modules that it imports do: neither
    comments, docstrings nor line breaks count.
    """
    digest = blake2b(digest_size=8)
    for name in sorted(_imported(module, set())):
        digest.update(name.encode() + ast.dump(_without_docstrings(_source(name))).encode())
    return digest.hexdigest()


def _without_docstrings(source: str) -> ast.Module:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [line for line in node.body if not _is_text(line)]
    return tree


def _is_text(line: ast.stmt) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)


def _commit() -> str:
    """The commit that the code is of, with a + where files have changed since."""

    def git(*words: str) -> str:
        asked = ["git", "-C", str(RESULTS.parent), *words]
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", ":(exclude)results")
    return (git("rev-parse", "--short", "HEAD") or "unknown") + ("+" if changed else "")


def _one(trial: Callable[..., Any], parameters: Parameters) -> tuple[str, Any]:
    return _key(parameters), trial(**parameters)


def _key(parameters: Parameters) -> str:
    return json.dumps(parameters, sort_keys=True)


def _latest(path: Path) -> dict[str, dict[str, Any]]:
    """The last line of each trial, by its key."""
    lines = map(json.loads, path.read_text().splitlines()) if path.exists() else ()
    return {line["key"]: line for line in lines}


def _imported(module: str, seen: set[str]) -> set[str]:
    package = module.partition(".")[0]
    if module in seen or package not in ("surrogate", "simulators", "benchmarks"):
        return seen
    if not (source := _source(module)):
        return seen
    seen.add(module)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            _imported(name, seen)
    return seen


def _source(module: str) -> str:
    try:
        spec = find_spec(module)
    except ModuleNotFoundError:
        return ""
    return Path(spec.origin).read_text() if spec and spec.origin else ""
