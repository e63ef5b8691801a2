"""A sealed field: an envelope in the database."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lapwing.desk import clock
from lapwing.desk.seals.envelope import LONGEST_KEY_ID, Place


class Sealed(models.Model):
    """One protected text, of one field of one record; what it says is in the envelope only."""

    record = models.CharField(_("record"), max_length=200)
    """As the audit log names it, such as ``subject:lark-204``."""
    field = models.CharField(_("field"), max_length=40)
    envelope = models.BinaryField()
    """Empty when it was erased; that there was one stays, since openings name it."""
    key_id = models.CharField(max_length=LONGEST_KEY_ID, db_index=True)
    """The key-encryption key it is wrapped with, to find those that a rotation has not reached."""
    since = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("sealed field")
        verbose_name_plural = _("sealed fields")
        constraints = (models.UniqueConstraint(fields=["record", "field"], name="sealed_once"),)

    def __str__(self) -> str:
        return f"{self.field} of {self.record}"

    @property
    def place(self) -> Place:
        """What the envelope is bound to."""
        return Place(self.record, self.field)
