"""An entry of the audit log."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from lapwing.desk.audit.canonical import CanonicalError
from lapwing.desk.audit.statement import LONGEST_ABOUT, LONGEST_ACTION, Statement, parsed_words
from lapwing.desk.audit.tree import HASH_BYTES


class Entry(models.Model):
    """One look, search, change, decision, opening, export, refusal or run of a model.

    The database refuses to change or remove a row, and to leave out a number (`append_only`).
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    """From 1, in the order in which the acts became true, without gaps."""
    time = models.DateTimeField(_("time"))
    by = models.ForeignKey(
        "accounts.Person", models.PROTECT, to_field="pseudonym", null=True, related_name="+", db_index=False
    )
    """Who did it (`by_id` is their pseudonym); none when the desk did."""
    action = models.CharField(_("action"), max_length=LONGEST_ACTION)
    about = models.CharField(_("about"), max_length=LONGEST_ABOUT)
    """What it was done to, such as `moment:m-3f` or `mandate:17`."""
    words = models.TextField()
    """Reason and detail in canonical JSON, with their salt; read them as `why` and `detail`."""
    leaf = models.BinaryField(max_length=HASH_BYTES)
    """The hash of this entry."""
    subtree = models.BinaryField(max_length=HASH_BYTES)
    """The hash of the largest complete subtree that ends here (`tree`)."""

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ("number",)
        indexes = (
            models.Index(fields=["action", "number"], name="audit_action"),
            models.Index(fields=["about", "number"], name="audit_about"),
            models.Index(fields=["by", "number"], name="audit_by"),
            models.Index(fields=["time"], name="audit_time"),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.action} {self.about}"

    @property
    def why(self) -> str:
        """The reason that was given."""
        return self._said()[0]

    @property
    def detail(self) -> dict[str, Any]:
        """Whatever else was recorded."""
        return self._said()[1]

    def _said(self) -> tuple[str, dict[str, Any]]:
        try:
            return parsed_words(self.words.encode())
        except CanonicalError:
            # Somebody changed it in the database. It is shown as it is, and a verification names the entry.
            return "", {"unreadable": self.words}

    def statement(self) -> Statement:
        """What the entry says, as it is hashed."""
        return Statement(
            self.number, self.time, self.by_id or "", self.action, self.about, self.words.encode()
        )


def log_size() -> int:
    """How many entries the log has: the number of the last one."""
    return Entry.objects.order_by("-number").values_list("number", flat=True).first() or 0
