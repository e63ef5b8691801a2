"""JSON as ASCII text: texts from a stream may hold what no database column can, such as the character of number 0."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.expressions import Expression


class JSONText(models.TextField):  # type: ignore[type-arg]
    """A value of plain data, kept to the last character whatever the database."""

    # What it holds for the type checker: any plain data, as with Django's own field for JSON.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

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
