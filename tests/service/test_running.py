"""The service on a port: it says where it is once it is there, and what is wrong where not."""

import re
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from surrogate.cli import answer
from surrogate.cli_options import BAD_INPUT
from tests.service.site import shots_in
from tests.waiting import PATIENCE


def test_of_a_port_that_is_any_the_one_it_took_is_told(tmp_path: Path) -> None:
    store = str(shots_in(tmp_path, seed=3, runs=10))
    command = [sys.executable, "-m", "surrogate", "serve", store, "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        told = re.search(r"http://127\.0\.0\.1:(\d+)/", process.stderr.readline())
        assert told is not None
        with urllib.request.urlopen(f"{told[0]}health", timeout=PATIENCE) as reply:
            assert reply.status == 200
        process.terminate()
        process.wait(PATIENCE)
    assert int(told[1]) > 0


def test_a_port_that_is_taken_is_said_to_be_before_any_page_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = str(shots_in(tmp_path, seed=3, runs=10))
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert answer(["serve", store, "--port", str(port)]) == BAD_INPUT
    said = capsys.readouterr().err
    assert f"nothing can listen at 127.0.0.1, port {port}: Address already in use" in said
    assert "--port" in said
    assert "the page is at" not in said
