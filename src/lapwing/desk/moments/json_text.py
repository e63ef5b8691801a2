"""JSON as ASCII text: texts from a stream may hold what no database column can, such as the character of number 0."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.expressions import Expression

    Field = models.TextField[Any, Any]
else:
    Field = models.TextField


class JSONText(Field):
    """A value of plain data, kept to the last character whatever the database."""

    def from_db_value(
        self, value: str | None, expression: Expression, connection: BaseDatabaseWrapper
    ) -> Any:
        """The value as it was given."""
        return None if value is None else json.loads(value)

    def get_prep_value(self, value: Any) -> str | None:
        """The value as text, every character beyond ASCII by its number."""
        return None if value is None else json.dumps(value, ensure_ascii=True, separators=(",", ":"))

    def to_python(self, value: Any) -> Any:
        """The value itself: it is plain data already."""
        return value

    def value_to_string(self, obj: models.Model) -> str:
        """The value as text, for a dump."""
        return self.get_prep_value(self.value_from_object(obj)) or ""
