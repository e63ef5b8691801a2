"""What machines ask: whether the desk lives, whether it can work, and what is measured of it."""

from __future__ import annotations

import ipaddress
import shutil
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from lapwing.desk.audit import checkpointing, key_file
from lapwing.desk.audit.error import AuditError
from lapwing.desk.guard import unguarded
from lapwing.desk.operation import schema
from lapwing.desk.operation.measures import REGISTRY
from lapwing.desk.operation.schema import Standing

LEAST_FREE = 256 << 20
"""Bytes below which the next entry of the log may not fit on the disk any more."""


@require_safe
@never_cache
@unguarded("it says that the process answers, and nothing else")
def health(request: HttpRequest) -> HttpResponse:
    """Whether the process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
@unguarded("it names parts of the machine that do not work, and nothing of what is in them")
def ready(request: HttpRequest) -> JsonResponse:
    """Whether the desk can work: 200, or 503 with the parts that cannot."""
    not_ready = [name for name, works in CHECKS if not works()]
    return JsonResponse({"ready": not not_ready, "not_ready": not_ready}, status=503 if not_ready else 200)


@require_safe
@never_cache
@unguarded("numbers without names, and only for programs on this machine")
def metrics(request: HttpRequest) -> HttpResponse:
    """What is measured, in the format of Prometheus."""
    if not _from_here(request):
        return HttpResponse(
            "Measures are given to programs on this machine only: ask at its loopback address.\n",
            status=403,
            content_type="text/plain",
        )
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def _from_here(request: HttpRequest) -> bool:
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _database() -> bool:
    try:
        return schema.read().standing is Standing.CURRENT
    except Error:
        return False


def _audit_key() -> bool:
    try:
        key_file.load(checkpointing.key_path())
    except AuditError:
        return False
    return True


def _disk() -> bool:
    return shutil.disk_usage(Path(settings.HOME)).free >= LEAST_FREE


CHECKS: tuple[tuple[str, Callable[[], bool]], ...] = (
    ("database", _database),
    ("audit-key", _audit_key),
    ("disk", _disk),
)

urlpatterns: list[URLPattern] = [
    path("health", health, name="health"),
    path("ready", ready, name="ready"),
    path("metrics", metrics, name="metrics"),
]
