"""What the whole suite shares: `--nothing-skipped`, with which a skipped test fails the run, the
import path, which plans put their folders on, as it was before each test, with no module that a
test wrote left behind, and one BLAS thread a process, since several processes test side by side.
"""

import gc
import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from surrogate.processes import single_threaded

os.environ.update(single_threaded(dict(os.environ)))  # before anything imports numpy
settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ours")  # a machine that is busy with other tests is no finding


@pytest.fixture(autouse=True)
def import_path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    before = list(sys.path)
    yield
    if sys.path != before:
        sys.path[:] = before
        forget(str(tmp_path_factory.getbasetemp()))


def forget(folder: str) -> None:
    """Drop the modules that were imported from below a folder: others will have their names."""
    for name, module in list(sys.modules.items()):
        if str(vars(module).get("__file__")).startswith(folder):
            del sys.modules[name]


# Files that take minutes, since they start campaigns, browsers and clusters: they begin first, so
# that at the end no worker is left with one of them while the others have nothing to do.
_LONG = (
    "tests/service/test_page_deeds.py",
    "tests/journeys/",
    "tests/test_starting.py",
    "tests/test_check.py",
    "tests/test_iterations.py",
    "tests/service/",
    "tests/workers/test_dask.py",
    "tests/test_cli.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        return next((k for k, name in enumerate(_LONG) if item.nodeid.startswith(name)), len(_LONG))

    items.sort(key=rank)


def pytest_collection_finish() -> None:
    """Keep no bytecode from here on: of a module that a test writes twice in a second, it is stale.

    What collecting has imported is compiled by then, for every process that tests start. It also
    stays, and need not be searched for garbage, nor the rest as often as every 700 objects.
    """
    gc.freeze()
    gc.set_threshold(50_000)
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--nothing-skipped", action="store_true", help="fail when any test was skipped"
    )


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if config.getoption("--nothing-skipped") and skipped:
        terminalreporter.section("skipped, though nothing may be", sep="=", red=True)
        for report in skipped:
            terminalreporter.line(f"{report.nodeid}: {report.longrepr}")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    refuse = session.config.getoption("--nothing-skipped")
    if refuse and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
