"""Passages: the texts that a search finds, each with the moment or case it belongs to."""

from __future__ import annotations

import re
import unicodedata

from django.db import models
from django.db.models import Q

_WORD = re.compile(r"[^\W_]+")


def tokens(text: str) -> list[str]:
    """The words of a text without case and accents, the same for every database.

    >>> tokens("Été à LINK:6d5f, s-12")
    ['ete', 'a', 'link', '6d5f', 's', '12']
    """
    plain = unicodedata.normalize("NFKD", text).casefold()
    return _WORD.findall("".join(character for character in plain if not unicodedata.combining(character)))


class Passage(models.Model):
    """One text. The index of its words is the database's own: FTS5 on SQLite, a text search vector on PostgreSQL."""

    moment = models.ForeignKey("moments.Moment", models.CASCADE, null=True, related_name="passages")
    case = models.ForeignKey("cases.Case", models.CASCADE, null=True, related_name="passages")
    sort = models.CharField(max_length=16)
    """`ledger`, `fact`, `assessment`, `decision`, `case` or `task`."""
    source = models.PositiveBigIntegerField(null=True)
    """The number of the row it is the text of; none for the ledger of a moment and the head of a case."""
    words = models.TextField()
    """Every character visible."""
    tokens = models.TextField()
    """The same, as the index takes it: words without case and accents, a space between each."""

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="cases_passage_of_one",
                condition=Q(moment__isnull=False, case__isnull=True)
                | Q(moment__isnull=True, case__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.words[:80]
