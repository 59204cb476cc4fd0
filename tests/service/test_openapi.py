"""The service's own description of itself, held to by schemathesis: no 5xx, no surprise."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("schemathesis", reason="schemathesis is not installed; the extra 'all' has it")

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.service.conftest import RIG
from tests.service.site import Site, site

_EXAMPLES = 4  # of each operation
_PATIENCE = 120  # s: a certificate is two seconds of work, and the machine may have other work
# an answer without an end; and tokens, since one made here would shut the rest out (`test_gate`)
_LEFT_OUT = ("/campaigns/{name}/events", "/tokens", "/tokens/{token}")
_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Any]]:
    folder: Path = tmp_path_factory.mktemp("described")
    with site(folder / "store.db") as service:
        service.post("/campaigns", RIG)
        asked = service.post("/campaigns/rig/ask", {"worker": "w", "count": 20})
        for query in asked["queries"]:
            told = {"query": query["query"], "attempt": query["attempt"]}
            cleared = query["point"]["speed"] > 15
            service.post("/campaigns/rig/tell", {**told, "values": {"cleared": cleared}})
        yield service, schemathesis.openapi.from_url(f"{service.url}/openapi.json")


def test_every_answer_is_as_described_and_none_is_an_error_of_the_service(
    described: tuple[Site, Any],
) -> None:
    service, schema = described
    operations = [one.ok() for one in schema.get_all_operations()]
    checked = [one for one in operations if one.path not in _LEFT_OUT]
    for operation in checked:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            call_and_check(operation, mode)
    assert len(checked) >= 20
    assert service.get("/campaigns")


def call_and_check(operation: Any, mode: GenerationMode) -> None:
    """Call an operation with generated requests, to the campaign that is there."""
    names = {"name": "rig"} if "{name}" in operation.path else None

    @settings(
        max_examples=_EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode))
    def call(case: Any) -> None:
        if names:
            case.path_parameters = {**(case.path_parameters or {}), **names}
        answer = case.call(timeout=_PATIENCE)
        case.validate_response(answer, checks=_CHECKS)

    with suppress(Unsatisfiable):  # no wrong request can be made of this one
        call()
