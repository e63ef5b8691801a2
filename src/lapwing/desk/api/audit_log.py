"""The audit log out, as an export that can be verified without the desk."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router

from lapwing.desk.api.moments import person_of
from lapwing.desk.api.problem import ProblemDetails
from lapwing.desk.api.scope import Scoped
from lapwing.desk.audit.exporting import export
from lapwing.desk.guard import require

MEDIA_TYPE = "application/x-ndjson"

router = Router(tags=["audit"])


@router.get(
    "",
    auth=Scoped("audit.read"),
    response={200: str, (401, 403): ProblemDetails},
    operation_id="export_audit_log",
    summary="Export the audit log",
    openapi_extra={
        "responses": {
            200: {
                "description": "A header and a line for each entry; `lapwing audit verify FILE` checks it.",
                "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
            }
        }
    },
)
def export_audit_log(
    request: HttpRequest,
    words: Annotated[
        bool, Query(description="Whether reasons and details are in it; otherwise their digests are.")
    ] = False,
) -> StreamingHttpResponse:
    """All entries up to the one that tells of this export, with signed checkpoints."""
    person = person_of(request)
    require(person, "audit.export")
    lines = export(person, words=words, why="over the interface")
    return StreamingHttpResponse(lines, content_type=MEDIA_TYPE)
