"""A signed checkpoint of the log, as the database keeps it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Checkpoint(models.Model):
    """The root of the tree at some size, signed. Also written into the folder of checkpoints, for keeping elsewhere.

    The database refuses to change or remove a row (`append_only`).
    """

    size = models.PositiveBigIntegerField(primary_key=True)
    """Entries it covers."""
    time = models.DateTimeField(_("time"))
    note = models.TextField()
    """The checkpoint as text with its signature (`note`)."""

    class Meta:
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")
        ordering = ("size",)

    def __str__(self) -> str:
        return f"checkpoint of {self.size} entries"
