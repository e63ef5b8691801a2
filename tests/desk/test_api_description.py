"""The interface as it is described: OpenAPI 3.1, every operation with its scope, and no request that breaks it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, Phase, settings
from mandate_files import in_force
from test_api_moments import statement

from lapwing.desk import moments
from lapwing.desk.accounts.models import Person, Token
from lapwing.desk.accounts.token import SCOPES
from lapwing.desk.api.desk_api import schema
from lapwing.desk.intake import cover, taking
from lapwing.desk.intake.journal import Journal

pytestmark = pytest.mark.django_db

DOCUMENTATION = Path(__file__).resolve().parents[2] / "docs" / "reference" / "api.md"
SCHEMA = schemathesis.openapi.from_dict(schema())


@schemathesis.serializer("application/x-ndjson")
def as_lines(context: schemathesis.SerializationContext, value: Any) -> bytes:
    """A post as it goes over the wire."""
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else json.dumps(value).encode()


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, methods in schema()["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_description_is_open_and_of_the_promised_version(client: Client) -> None:
    told = client.get("/api/openapi.json").json()
    assert told["openapi"].startswith("3.1")
    assert told["info"]["title"] == "Lapwing"


def test_every_operation_takes_a_token_and_says_what_can_go_wrong() -> None:
    for method, path, operation in operations():
        assert operation["security"], (method, path)
        assert operation["summary"], (method, path)
        assert {"401", "403"} <= {str(status) for status in operation["responses"]}, (method, path)


def test_every_operation_and_scope_is_documented() -> None:
    text = DOCUMENTATION.read_text("utf-8")
    for method, path, _ in operations():
        assert f"`{method.upper()} {path}`" in text, (method, path)
    for scope in SCOPES:
        assert f"`{scope}`" in text, scope
    for name in re.findall(r'Problem\(\s*HTTPStatus\.\w+,\s*"([a-z-]+)"', _sources()):
        assert f"`{name}`" in text, name


def _sources() -> str:
    folder = Path(__file__).resolve().parents[2] / "src" / "lapwing" / "desk" / "api"
    return "\n".join(file.read_text("utf-8") for file in folder.glob("*.py"))


@pytest.fixture
def secret(analyst: Person, approver: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    in_force(analyst, approver, ["lark-1", "lark-2"])
    moments.take(statement("m-1", "lark-1", "lark-2"), None)
    journal = Journal(tmp_path / "journal.sqlite3", now=lambda: 1_800_000_000)
    monkeypatch.setattr(taking, "journal", lambda: journal)
    monkeypatch.setattr(taking, "_cover", cover.Cover())
    yield Token.objects.make(analyst, "tester", list(SCOPES), 30)[1]
    journal.close()


@SCHEMA.parametrize()
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_that_the_description_allows_or_forbids_breaks_it(
    case: schemathesis.Case, secret: str
) -> None:
    client = Client(raise_request_exception=False)
    prepared = case.as_transport_kwargs()
    body = json.dumps(prepared["json"]) if "json" in prepared else prepared.get("data", b"")
    content = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body or b""
    headers = {name: str(value) for name, value in (prepared.get("headers") or {}).items()}
    headers["Authorization"] = f"Bearer {secret}"
    kind = headers.pop("Content-Type", "application/json")
    path = case.formatted_path
    answer = client.generic(
        case.method, path, content, content_type=kind, headers=headers, query_params=case.query or None
    )
    assert answer.status_code < 500, (answer.status_code, case.method, path, case.query, content)
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json", (answer.status_code, path)
        assert {"type", "title", "status", "detail"} <= set(answer.json())
