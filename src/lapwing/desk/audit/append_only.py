"""Triggers by which the database itself keeps the log append-only and its numbers without gaps.

Whoever owns the database can still drop them. That is what the hash tree and the checkpoints are for; the
triggers keep everybody else, and every fault of the program, from touching the past.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

NAMES = frozenset(
    f"{table}_{what}"
    for table in ("audit_entry", "audit_checkpoint")
    for what in ("unchanged", "kept", "in_order")
)
"""The triggers that both databases have."""

_SQLITE = (
    """
    CREATE TRIGGER audit_entry_unchanged BEFORE UPDATE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only: nothing in it is changed or removed'); END
    """,
    """
    CREATE TRIGGER audit_entry_kept BEFORE DELETE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only: nothing in it is changed or removed'); END
    """,
    """
    CREATE TRIGGER audit_entry_in_order BEFORE INSERT ON audit_entry
    WHEN NEW.number <> (SELECT COALESCE(MAX(number), 0) + 1 FROM audit_entry)
    BEGIN SELECT RAISE(ABORT, 'the audit log has no gaps: the next entry has the number after the last'); END
    """,
    """
    CREATE TRIGGER audit_checkpoint_unchanged BEFORE UPDATE ON audit_checkpoint
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only: nothing in it is changed or removed'); END
    """,
    """
    CREATE TRIGGER audit_checkpoint_kept BEFORE DELETE ON audit_checkpoint
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only: nothing in it is changed or removed'); END
    """,
    """
    CREATE TRIGGER audit_checkpoint_in_order BEFORE INSERT ON audit_checkpoint
    WHEN NEW.size <= (SELECT COALESCE(MAX(size), 0) FROM audit_checkpoint)
    BEGIN SELECT RAISE(ABORT, 'a checkpoint of the audit log covers more entries than the one before'); END
    """,
)

# ALWAYS: not even a session that plays replication back passes by.
_POSTGRESQL = (
    """
    CREATE FUNCTION audit_unchanged() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'the audit log is append-only: nothing in it is changed or removed'
        USING ERRCODE = 'integrity_constraint_violation';
    END $$;
    CREATE FUNCTION audit_entry_in_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.number <> (SELECT COALESCE(MAX(number), 0) + 1 FROM audit_entry) THEN
            RAISE EXCEPTION 'the audit log has no gaps: the next entry has the number after the last'
            USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE FUNCTION audit_checkpoint_in_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.size <= (SELECT COALESCE(MAX(size), 0) FROM audit_checkpoint) THEN
            RAISE EXCEPTION 'a checkpoint of the audit log covers more entries than the one before'
            USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    *(
        f"""
        CREATE TRIGGER {table}_{name} BEFORE {act} ON {table} FOR EACH {each} EXECUTE FUNCTION {function}();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}
        """
        for table in ("audit_entry", "audit_checkpoint")
        for name, act, each, function in (
            ("unchanged", "UPDATE", "ROW", "audit_unchanged"),
            ("kept", "DELETE", "ROW", "audit_unchanged"),
            ("whole", "TRUNCATE", "STATEMENT", "audit_unchanged"),
            ("in_order", "INSERT", "ROW", f"{table}_in_order"),
        )
    ),
)


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers."""
    with connection.cursor() as cursor:
        for statement in _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE:
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers: only for taking the tables away with them."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "DROP FUNCTION audit_unchanged(), audit_entry_in_order(), audit_checkpoint_in_order() CASCADE"
            )
        else:
            for name in sorted(NAMES):
                cursor.execute(f"DROP TRIGGER {name}")


def absent(connection: BaseDatabaseWrapper) -> frozenset[str]:
    """The triggers that should be in the database and are not, or are switched off."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled = 'A' AND NOT tgisinternal")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        return NAMES - {str(name) for (name,) in cursor.fetchall()}
