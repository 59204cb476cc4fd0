"""What the whole suite shares: `--nothing-skipped`, with which a skipped test fails the run, the
import path, which plans put their folders on, as it was before each test, and one BLAS thread a
process, since several processes test side by side.
"""

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
def import_path() -> Iterator[None]:
    before = list(sys.path)
    yield
    sys.path[:] = before


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
