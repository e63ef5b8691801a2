"""The index of words: kept by the database itself, read through one function whatever the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection, migrations

from lapwing.desk.cases.passage import tokens

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

FOUND_MOST = 2_000
"""Passages looked through at most, the best first."""

_SQLITE = (
    "CREATE VIRTUAL TABLE cases_words USING fts5(tokens, content='cases_passage', content_rowid='id', "
    "tokenize='unicode61')",
    "CREATE TRIGGER cases_words_added AFTER INSERT ON cases_passage BEGIN "
    "INSERT INTO cases_words(rowid, tokens) VALUES (new.id, new.tokens); END",
    "CREATE TRIGGER cases_words_gone AFTER DELETE ON cases_passage BEGIN "
    "INSERT INTO cases_words(cases_words, rowid, tokens) VALUES ('delete', old.id, old.tokens); END",
    "CREATE TRIGGER cases_words_changed AFTER UPDATE OF tokens ON cases_passage BEGIN "
    "INSERT INTO cases_words(cases_words, rowid, tokens) VALUES ('delete', old.id, old.tokens); "
    "INSERT INTO cases_words(rowid, tokens) VALUES (new.id, new.tokens); END",
)
_POSTGRESQL = ("CREATE INDEX cases_words ON cases_passage USING gin (to_tsvector('simple', tokens))",)


def matching(query: str) -> list[int]:
    """The numbers of the passages that hold everything asked for, the best first.

    What stands between spaces is looked for as it stands (`s-12`, `link:6d5f`); the very last word may go on.
    """
    asked = [found for part in query.split() if (found := tokens(part))]
    if not asked:
        return []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            phrases = [" <-> ".join(part) for part in asked]
            cursor.execute(
                "SELECT id FROM cases_passage, to_tsquery('simple', %s) AS asked "
                "WHERE to_tsvector('simple', tokens) @@ asked "
                "ORDER BY ts_rank(to_tsvector('simple', tokens), asked) DESC, id LIMIT %s",
                [f"{' & '.join(phrases)}:*", FOUND_MOST],
            )
        else:
            phrases = [f'"{" ".join(part)}"' for part in asked]
            cursor.execute(
                "SELECT rowid FROM cases_words WHERE cases_words MATCH %s ORDER BY rank LIMIT %s",
                [f"{' '.join(phrases)} *", FOUND_MOST],
            )
        return [int(key) for (key,) in cursor.fetchall()]


def make() -> migrations.RunPython:
    """The step of a migration that makes the index."""

    def forward(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        _execute(editor.connection, _POSTGRESQL if editor.connection.vendor == "postgresql" else _SQLITE)

    def backward(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor == "postgresql":
            _execute(editor.connection, ("DROP INDEX cases_words",))
            return
        triggers = [f"DROP TRIGGER cases_words_{name}" for name in ("added", "gone", "changed")]
        _execute(editor.connection, (*triggers, "DROP TABLE cases_words"))

    return migrations.RunPython(forward, backward)


def _execute(on: BaseDatabaseWrapper, statements: tuple[str, ...]) -> None:
    with on.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
