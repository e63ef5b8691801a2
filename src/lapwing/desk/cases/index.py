"""The index of words: kept by the database itself, read through one function whatever the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection, migrations
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from lapwing.desk.cases.passage import Passage, tokens

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor


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


def matching(query: str) -> QuerySet[Passage]:
    """The passages that hold everything asked for.

    What stands between spaces is looked for as it stands (`s-12`, `link:6d5f`); the very last word may go on.
    """
    asked = [found for part in query.split() if (found := tokens(part))]
    if not asked:
        return Passage.objects.none()
    if connection.vendor == "postgresql":
        phrases = [" <-> ".join(part) for part in asked]
        keys = RawSQL(
            "SELECT id FROM cases_passage WHERE to_tsvector('simple', tokens) @@ to_tsquery('simple', %s)",
            [f"{' & '.join(phrases)}:*"],
        )
    else:
        phrases = [f'"{" ".join(part)}"' for part in asked]
        keys = RawSQL("SELECT rowid FROM cases_words WHERE cases_words MATCH %s", [f"{' '.join(phrases)} *"])
    return Passage.objects.filter(pk__in=keys)


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
