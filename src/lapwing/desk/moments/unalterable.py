"""Rows that nobody can change: triggers of the database refuse it, whichever program asks.

They can go only together with the moment or case they belong to, while that is being erased.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import migrations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

CHANGED = "what was recorded is not changed: record a correction beside it"
REMOVED = "what was recorded goes only together with what it belongs to, when that is erased"


@dataclass(frozen=True, slots=True)
class Unalterable:
    """A table whose rows, or some columns of them, stay as they were written."""

    table: str
    erasable: str = ""
    """The condition under which a row goes (`OLD` is the row), in SQL that both databases read; none: it stays."""
    columns: tuple[str, ...] = ()
    """The columns that never change; none named means all of them."""
    until: str = ""
    """The condition while which the other columns may still change (`OLD` is the row); none: for ever."""

    @property
    def names(self) -> tuple[str, str]:
        """The names of its two triggers."""
        return f"{self.table}_unchanged", f"{self.table}_kept"

    def install(self, connection: BaseDatabaseWrapper) -> None:
        """Create the triggers."""
        postgresql = connection.vendor == "postgresql"
        differs = "IS DISTINCT FROM" if postgresql else "IS NOT"
        changed = [f"NEW.{column} {differs} OLD.{column}" for column in self.columns] or ["1 = 1"]
        if self.until:
            changed.append(f"NOT ({self.until})")
        unchanged, kept = self.names
        triggers = (
            (unchanged, "UPDATE", " OR ".join(changed), CHANGED, "NEW"),
            (kept, "DELETE", f"NOT ({self.erasable})" if self.erasable else "1 = 1", REMOVED, "OLD"),
        )
        with connection.cursor() as cursor:
            for name, act, when, why, row in triggers:
                if postgresql:
                    cursor.execute(
                        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {when} THEN "
                        f"RAISE EXCEPTION '{why}' USING ERRCODE = 'integrity_constraint_violation'; "
                        f"END IF; RETURN {row}; END $$"
                    )
                    cursor.execute(
                        f"CREATE TRIGGER {name} BEFORE {act} ON {self.table} "
                        f"FOR EACH ROW EXECUTE FUNCTION {name}()"
                    )
                else:
                    cursor.execute(
                        f"CREATE TRIGGER {name} BEFORE {act} ON {self.table} WHEN {when} "
                        f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
                    )

    def remove(self, connection: BaseDatabaseWrapper) -> None:
        """Drop the triggers, with the table."""
        with connection.cursor() as cursor:
            for name in self.names:
                if connection.vendor == "postgresql":
                    cursor.execute(f"DROP FUNCTION {name}() CASCADE")
                else:
                    cursor.execute(f"DROP TRIGGER {name}")


OF_MOMENT = "EXISTS (SELECT 1 FROM moments_moment WHERE id = OLD.moment_id AND status = 'erasing')"
"""The condition that the moment a row belongs to is being erased."""


def absent(connection: BaseDatabaseWrapper, tables: Iterable[Unalterable]) -> frozenset[str]:
    """The triggers of these tables that should be in the database and are not, or are switched off."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D' AND NOT tgisinternal")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        there = {str(name) for (name,) in cursor.fetchall()}
    return frozenset(name for table in tables for name in table.names) - there


def keep(*tables: Unalterable) -> migrations.RunPython:
    """The step of a migration that makes these tables unalterable."""

    def forward(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            table.install(editor.connection)

    def backward(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            table.remove(editor.connection)

    return migrations.RunPython(forward, backward)
