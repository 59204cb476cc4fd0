"""Repeats of a study that resume: each trial's result is a line in a small file, keyed by the
hash of the modules that made it, so that only what changed is run again.
"""

import ast
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed

RESULTS = Path(__file__).parent / "results"

Parameters = Mapping[str, Any]


def run_trials(
    study: str, trial: Callable[..., Any], parameters: Sequence[Parameters], jobs: int = 2
) -> list[Any]:
    """`trial(**p)` for every p, in order; results that are already on file are not made again."""
    path = RESULTS / f"{study}.jsonl"
    code = code_hash(trial.__module__)
    known = {line["key"]: line["result"] for line in _lines(path) if line["code"] == code}
    missing = [p for p in parameters if _key(p) not in known]
    _keep_only(path, code)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    work = (delayed(_one)(trial, p) for p in missing)
    for key, result in Parallel(n_jobs=jobs, return_as="generator_unordered")(work):
        known[key] = result
        with path.open("a") as file:
            file.write(json.dumps({"code": code, "key": key, "result": result}) + "\n")
    return [known[_key(p)] for p in parameters]


def code_hash(module: str) -> str:
    """A hash of a module's source and of all of the project's modules that it imports."""
    digest = blake2b(digest_size=8)
    for name in sorted(_imported(module, set())):
        digest.update(name.encode() + _source(name).encode())
    return digest.hexdigest()


def _one(trial: Callable[..., Any], parameters: Parameters) -> tuple[str, Any]:
    return _key(parameters), trial(**parameters)


def _key(parameters: Parameters) -> str:
    return json.dumps(parameters, sort_keys=True)


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    if path.exists():
        yield from (json.loads(line) for line in path.read_text().splitlines())


def _keep_only(path: Path, code: str) -> None:
    kept = [json.dumps(line) + "\n" for line in _lines(path) if line["code"] == code]
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(kept))


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
