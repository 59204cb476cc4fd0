"""Whether another machine can run a simulator: it loads there, from code of the same version.

Facts are words about an installation, {"python": "3.11", "football": "2.0", ...}. A machine is
fit when every fact that ours states is the same there. The simulator is loaded in a process of
its own, so that whatever its import does is survived by who asks.
"""

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import packages_distributions, version
from typing import Any

from surrogate.codeprint import code_print
from surrogate.oracle import SimulatorSource
from surrogate.processes import ending, marked, single_threaded
from surrogate.settings import environment

Facts = Mapping[str, str]

PYTHON = "python"
OURSELVES = "surrogate-service"
_CODE = "the code of "

_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from surrogate.workers.fitness import main; main()"
)


def facts(source: SimulatorSource) -> Facts:
    """What must be the same elsewhere: Python, this package, the simulator's package and code.

    Loads the simulator. One without an import path brings its code along.
    """
    found = {PYTHON: ".".join(map(str, sys.version_info[:2])), OURSELVES: version(OURSELVES)}
    loaded = source.load()
    module = source.use.partition(":")[0]
    if module:
        for name in packages_distributions().get(module.partition(".")[0], ()):
            found[name] = version(name)
        found[f"{_CODE}{module}"] = code_print(source, loaded)
    return found


def difference(ours: Facts, theirs: Facts) -> str:
    """What differs there from here, in words; empty when nothing does."""
    return "; ".join(
        _differs(name, fact, theirs.get(name))
        for name, fact in ours.items()
        if theirs.get(name) != fact
    )


def _differs(name: str, here: str, there: str | None) -> str:
    if there is None:
        return f"{name} is not installed there ({here} is needed)"
    if name.startswith(_CODE):
        return f"{name} is another one there than here; install the same"
    return f"{name} is {there} there and {here} here; install the same"


def complaint(pickled: bytes, ours: Facts, seconds: float) -> str:
    """Why this machine is not fit for a pickled `SimulatorSource`, in words; empty when it is."""
    command = [sys.executable, "-c", _BOOT, json.dumps([path for path in sys.path if path])]
    try:
        done = subprocess.run(
            command,
            input=pickled,
            capture_output=True,
            timeout=seconds,
            check=False,
            env=marked(single_threaded(environment())),
        )
    except subprocess.TimeoutExpired:
        return f"the simulator did not load there within {seconds:g} s"
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        return f"loading the simulator there ended its process: {ending(done.returncode)} {said}"
    report: dict[str, Any] = json.loads(done.stdout)
    return report.get("failed") or difference(ours, report["facts"])


def main() -> None:
    """In a process of its own: load the pickled source from stdin, write facts as JSON."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what the simulator prints as it is imported is not for the one who asks
    try:
        source: SimulatorSource = pickle.loads(sys.stdin.buffer.read())
        report: dict[str, Any] = {"facts": facts(source)}
    except Exception as problem:  # whatever the user's module does when it is imported
        report = {"failed": f"{type(problem).__name__}: {problem}"}
    os.write(answers, json.dumps(report).encode())
