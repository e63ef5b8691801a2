"""Whether the database is as this version of the desk writes it, or of a version before or after."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from django.db import connection
from django.db.migrations.loader import MigrationLoader


class Standing(Enum):
    """How the database and this version stand to each other."""

    EMPTY = "empty"
    """Nothing was ever written."""
    CURRENT = "current"
    OLDER = "older"
    """The database lacks changes that this version knows."""
    YOUNGER = "younger"
    """The database has changes that this version does not know."""


@dataclass(frozen=True, slots=True)
class Schema:
    """What was found."""

    standing: Standing
    missing: tuple[str, ...]
    """Migrations that this version knows and the database lacks, such as `audit.0002_names`."""
    unknown: tuple[str, ...]
    """Migrations that the database has and this version does not know."""
    applied: tuple[str, ...]
    """All that the database has."""


def read() -> Schema:
    """Read it from the database of the desk."""
    loader = MigrationLoader(connection)
    known = {_name(key) for key in loader.disk_migrations}
    applied = {_name(key) for key in loader.applied_migrations}
    missing, unknown = known - applied, applied - known
    if not applied:
        standing = Standing.EMPTY
    elif unknown:
        standing = Standing.YOUNGER
    elif missing:
        standing = Standing.OLDER
    else:
        standing = Standing.CURRENT
    return Schema(standing, tuple(sorted(missing)), tuple(sorted(unknown)), tuple(sorted(applied)))


def _name(key: tuple[str, str]) -> str:
    return ".".join(key)
