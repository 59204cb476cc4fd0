"""Who gets in: hosts, origins, content types, sizes, tokens, and every role at every route."""

from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from pydantic import TypeAdapter

from surrogate.service.app import create_app, examples
from surrogate.service.door import Address
from surrogate.service.gate import MAY, Deed, admit
from surrogate.service.guard import LARGEST_BODY, hostname, trouble
from surrogate.service.problems import Refusal
from surrogate.service.routes import (
    answers as answering,
    campaigns,
    drift,
    loop,
    people,
    reading,
    tokens,
)
from surrogate.store.service_tables import Role, Token, Tokens
from surrogate.store.sql import SqlStore
from tests.service.conftest import BASE

JSON = {"content-type": "application/json", "content-length": "2"}
HERE = {"host": "127.0.0.1:8321"}
DEEDS = {
    ("GET", "/campaigns"): Deed.READ,
    ("POST", "/campaigns"): Deed.MANAGE,
    ("GET", "/campaigns/{name}"): Deed.READ,
    ("POST", "/campaigns/{name}/run"): Deed.MANAGE,
    ("POST", "/campaigns/{name}/pause"): Deed.MANAGE,
    ("POST", "/campaigns/{name}/resume"): Deed.MANAGE,
    ("POST", "/campaigns/{name}/stop"): Deed.MANAGE,
    ("POST", "/campaigns/{name}/ask"): Deed.WORK,
    ("POST", "/campaigns/{name}/heartbeat"): Deed.WORK,
    ("POST", "/campaigns/{name}/give-back"): Deed.WORK,
    ("POST", "/campaigns/{name}/tell"): Deed.WORK,
    ("POST", "/campaigns/{name}/results"): Deed.WORK,
    ("POST", "/campaigns/{name}/predict"): Deed.READ,
    ("GET", "/campaigns/{name}/map"): Deed.READ,
    ("GET", "/campaigns/{name}/compare"): Deed.READ,
    ("GET", "/campaigns/{name}/timeline"): Deed.READ,
    ("GET", "/campaigns/{name}/gate"): Deed.READ,
    ("GET", "/campaigns/{name}/spots"): Deed.READ,
    ("GET", "/campaigns/{name}/peak"): Deed.READ,
    ("GET", "/campaigns/{name}/quality"): Deed.READ,
    ("GET", "/campaigns/{name}/certificates"): Deed.READ,
    ("GET", "/campaigns/{name}/sensitivity"): Deed.READ,
    ("GET", "/campaigns/{name}/contract"): Deed.READ,
    ("POST", "/campaigns/{name}/tune"): Deed.READ,
    ("POST", "/campaigns/{name}/tune/confirm"): Deed.MANAGE,
    ("GET", "/campaigns/{name}/promises"): Deed.READ,
    ("GET", "/campaigns/{name}/why/{query}"): Deed.READ,
    ("GET", "/campaigns/{name}/report"): Deed.READ,
    ("POST", "/campaigns/{name}/verify"): Deed.MANAGE,
    ("POST", "/campaigns/{name}/savings"): Deed.MANAGE,
    ("GET", "/campaigns/{name}/savings/{contest}"): Deed.READ,
    ("POST", "/campaigns/{name}/answer"): Deed.MANAGE,
    ("GET", "/campaigns/{name}/items"): Deed.READ,
    ("GET", "/campaigns/{name}/item"): Deed.READ,
    ("GET", "/campaigns/{name}/dots"): Deed.READ,
    ("GET", "/campaigns/{name}/runs"): Deed.READ,
    ("GET", "/campaigns/{name}/queries"): Deed.READ,
    ("GET", "/campaigns/{name}/gains"): Deed.READ,
    ("GET", "/campaigns/{name}/history"): Deed.READ,
    ("GET", "/campaigns/{name}/next"): Deed.READ,
    ("GET", "/campaigns/{name}/stopping"): Deed.READ,
    ("GET", "/campaigns/{name}/replay/{query}"): Deed.READ,
    ("GET", "/campaigns/{name}/export.csv"): Deed.READ,
    ("GET", "/campaigns/{name}/export"): Deed.READ,
    ("GET", "/campaigns/{name}/events"): Deed.READ,
    ("POST", "/campaigns/{name}/results/{query}/exclude"): Deed.MANAGE,
    ("POST", "/campaigns/{name}/results/{query}/restore"): Deed.MANAGE,
    ("POST", "/campaigns/{name}/results/{query}/correct"): Deed.MANAGE,
    ("POST", "/campaigns/{name}/queries"): Deed.MANAGE,
    ("POST", "/campaigns/{name}/retry"): Deed.MANAGE,
    ("GET", "/campaigns/{name}/opinions"): Deed.READ,
    ("POST", "/campaigns/{name}/opinions"): Deed.COMMENT,
    ("GET", "/tokens"): Deed.ADMINISTER,
    ("POST", "/tokens"): Deed.ADMINISTER,
    ("DELETE", "/tokens/{token}"): Deed.ADMINISTER,
}
ALLOWED = {
    Role.READER: {Deed.READ, Deed.COMMENT},
    Role.WORKER: {Deed.READ, Deed.WORK},
    Role.ENGINEER: {Deed.READ, Deed.COMMENT, Deed.WORK, Deed.MANAGE},
    Role.ADMIN: set(Deed),
}


@pytest.fixture
def secrets(rig: TestClient, store: SqlStore) -> dict[Role, str]:
    tokens = Tokens(store.database)
    return {role: tokens.create(role.value, role, now=0.0) for role in Role}


def test_the_table_has_every_route(service: TestClient) -> None:
    paths = service.get("/openapi.json").json()["paths"]
    found = {(method.upper(), path) for path in paths for method in paths[path]}
    assert found - {("GET", "/health")} == set(DEEDS)


def test_every_route_and_what_is_asked_of_it_is_explained(service: TestClient) -> None:
    paths = service.app.openapi()["paths"]  # type: ignore[attr-defined]
    for path, verb, route in ((p, v, r) for p, found in paths.items() for v, r in found.items()):
        assert route["description"].endswith("."), f"{verb} {path}"
        assert route["tags"], f"{verb} {path}"
        parts = route.get("parameters", [])
        assert [one["name"] for one in parts if not one.get("description")] == [], f"{verb} {path}"


def test_every_answer_in_json_has_an_example_that_is_one(service: TestClient) -> None:
    known, shown = examples(), {"GET /health"}
    described = service.get("/openapi.json").json()["paths"]
    for part in (campaigns, loop, reading, answering, drift, people, tokens):
        for route in part.routes.routes:
            assert isinstance(route, APIRoute)
            model = route.response_model or route.responses.get(200, {}).get("model")
            if model is None or not route.methods:
                continue
            for method in route.methods:
                shown.add(each := f"{method} {route.path}")
                TypeAdapter(model).validate_python(known[each])
                said = described[route.path][method.lower()]["responses"]["200"]["content"]
                assert said["application/json"]["example"] == known[each]
    assert shown == known.keys()


def test_every_body_has_an_example(service: TestClient) -> None:
    told = service.get("/openapi.json").json()
    for path, operations in told["paths"].items():
        for operation in operations.values():
            if body := operation.get("requestBody"):
                name = body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
                known = told["components"]["schemas"][name]
                wanted = [known["properties"][key] for key in known.get("required", [])]
                assert "examples" in known or all("examples" in one for one in wanted), path


@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_its_table_says_and_nothing_else(
    rig: TestClient, secrets: dict[Role, str], role: Role
) -> None:
    assert MAY[role] == ALLOWED[role]
    for (method, path), deed in DEEDS.items():
        if path.endswith("/events"):
            continue  # an answer without an end; the same dependency as its neighbours
        where = path.format(name="rig", query=0, token="nobody", contest=0)
        headers = {"Authorization": f"Bearer {secrets[role]}", "Content-Type": "application/json"}
        said = rig.request(method, where, headers=headers, content="{}" if method == "POST" else "")
        assert (said.status_code == 403) == (deed not in ALLOWED[role]), (method, path, said.text)
        assert said.status_code < 500


def test_without_a_token_nobody_gets_in_once_there_is_one(
    rig: TestClient, secrets: dict[Role, str]
) -> None:
    said = rig.get("/campaigns")
    assert said.status_code == 401
    assert said.headers["www-authenticate"] == "Bearer"
    assert "wants a token" in said.json()["detail"]
    wrong = rig.get("/campaigns", headers={"Authorization": "Bearer x"})
    assert "not in force" in wrong.json()["detail"]


def test_a_token_for_one_campaign_sees_no_other(rig: TestClient, store: SqlStore) -> None:
    secret = Tokens(store.database).create("rigger", Role.WORKER, now=0.0, campaign="rig")
    headers = {"Authorization": f"Bearer {secret}"}
    assert rig.get("/campaigns/rig", headers=headers).status_code == 200
    assert rig.get("/campaigns/other", headers=headers).status_code == 403


def test_one_confined_to_a_campaign_is_told_so() -> None:
    confined = Token("w", Role.WORKER, "rig", created=0.0)
    admit(confined, Deed.WORK, "rig")
    with pytest.raises(Refusal, match="confined to campaign 'rig', not 'other'"):
        admit(confined, Deed.WORK, "other")
    with pytest.raises(Refusal, match="a token of role engineer, admin may"):
        admit(confined, Deed.MANAGE, "rig")


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", HERE, None),
        ("GET", {"host": "localhost"}, None),
        ("GET", {"host": "[::1]:8321"}, None),
        ("GET", {"host": "evil.example"}, 421),
        ("GET", {}, 421),
        ("GET", {**HERE, "origin": "http://127.0.0.1:8321"}, None),
        ("GET", {**HERE, "origin": "http://evil.example"}, 403),
        ("POST", {**HERE, **JSON, "origin": "null"}, 403),
        ("POST", {**HERE, **JSON}, None),
        ("POST", {**HERE, **JSON, "content-type": "application/json; charset=utf-8"}, None),
        ("POST", {**HERE, **JSON, "content-type": "text/plain"}, 415),
        ("POST", {**HERE, "content-length": "0"}, 415),
        ("POST", {**HERE, **JSON, "content-length": str(LARGEST_BODY + 1)}, 413),
        ("POST", {**HERE, **JSON, "content-length": "-1"}, 400),
        ("DELETE", {**HERE, "content-length": "0"}, None),
        ("DELETE", {**HERE, "content-length": "3"}, 415),
    ],
)
def test_a_request_that_a_page_elsewhere_could_send_is_turned_away(
    method: str, headers: dict[str, str], status: int | None
) -> None:
    found = trouble(method, headers, Address())
    assert (found and found[0]) == status


def test_a_host_is_read_without_its_port() -> None:
    assert hostname("LocalHost:80") == "localhost"
    assert hostname("[::1]:80") == "[::1]"
    assert hostname("127.0.0.1") == "127.0.0.1"


def test_a_body_that_grows_past_the_limit_is_cut_off(service: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(LARGEST_BODY // 65536 + 2):
            yield b" " * 65536

    headers = {"content-type": "application/json"}
    said = service.post("/campaigns", content=endless(), headers=headers)
    assert said.status_code == 413


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ('{"points": [{"speed": NaN, "angle": 45}]}', "finite number; nan came"),
        ('{"points": [{"speed": 1e999, "angle": 45}]}', "finite number; inf came"),
        ('{"points": [{"speed": "fast", "angle": 45}]}', "'fast'"),
        ('{"points": [{"speed": 10}]}', "angle"),
        ('{"points": [{"speed": 10, "angle": 45, "weight": 3}]}', "weight"),
        ('{"points": [], "coverage": 0.9}', "at least 1 item after validation, not 0; 0 came"),
        (
            '{"points": [{"speed": 10, "angle": 45}], "coverage": 2}',
            "than 1; 2 came; /openapi.json has an",
        ),
        ("{", "JSON was expected, and breaks off at character 1"),
        ('"\\ud800"', "body: "),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_came(
    learned: TestClient, body: str, sentence: str
) -> None:
    headers = {"content-type": "application/json"}
    said = learned.post("/campaigns/rig/predict", content=body, headers=headers)
    assert said.status_code == 422
    assert said.headers["content-type"] == "application/problem+json"
    assert sentence in said.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "sentence"),
    [
        ("GET", "/champaigns", "GET /champaigns: there is nothing there; /openapi.json lists"),
        ("GET", "/page/nothing.js", "GET /page/nothing.js: there is nothing there"),
        ("GET", "/campaigns/rig/ask", "GET /campaigns/rig/ask: not answered that way; POST is"),
    ],
)
def test_what_is_not_there_is_a_problem_that_says_where_to_look(
    service: TestClient, method: str, path: str, sentence: str
) -> None:
    said = service.request(method, path)
    assert said.headers["content-type"] == "application/problem+json"
    assert said.json()["detail"].startswith(sentence)


def test_a_page_of_an_origin_that_is_not_known_is_refused_as_a_problem(store: SqlStore) -> None:
    address = Address(origins=("http://game.example",))
    ask = {"Access-Control-Request-Method": "POST", "Origin": "http://evil.example"}
    with TestClient(create_app(store, address=address), base_url=BASE) as client:
        said = client.options("/campaigns", headers=ask)
        assert said.status_code == 400
        assert said.headers["content-type"] == "application/problem+json"
        assert "--origin" in said.json()["detail"]


@pytest.mark.parametrize("path", ["/page/../app.py", "/page/%2e%2e/app.py", "/page/..%2fapp.py"])
def test_nothing_but_the_page_is_served_as_a_file(service: TestClient, path: str) -> None:
    assert service.get(path).status_code in (404, 405)


def test_the_page_and_its_parts_are_there(service: TestClient) -> None:
    page = service.get("/")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert service.get("/page/main.js").headers["content-type"].startswith("text/javascript")


def test_tokens_are_made_listed_and_revoked(service: TestClient) -> None:
    made = service.post("/tokens", json={"name": "ann", "role": "admin"}).json()
    headers = {"Authorization": f"Bearer {made['secret']}"}
    listed = service.get("/tokens", headers=headers).json()
    assert [(one["name"], one["secret"]) for one in listed] == [("ann", None)]
    assert service.delete("/tokens/ann", headers=headers).status_code == 200
    assert service.get("/tokens").status_code == 200  # none is in force: the owner's again
