"""The acts of the audit log in words, for whoever looks back on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

ACTS: Mapping[str, StrPromise] = {
    "subject.look": _("looked at it"),
    "guard.refuse": _("was refused"),
    "fact.note": _("recorded a fact"),
    "moment.assess": _("assessed it"),
    "moment.mark": _("marked it as significant"),
    "moment.review": _("moved the next review"),
    "moment.reopen": _("reopened it"),
    "moment.merge": _("merged it into another"),
    "moment.part": _("parted it again"),
    "moment.split": _("took subjects out of it"),
    "moment.disclose": _("gave its data to somebody"),
    "moment.correct": _("corrected it"),
    "notice.give": _("told a recipient of a correction"),
    "decision.make": _("decided"),
    "decision.propose": _("proposed a decision"),
    "decision.agree": _("agreed as second reader"),
    "decision.refuse": _("refused as second reader"),
    "decision.withdraw": _("took a proposal back"),
    "case.open": _("opened the case"),
    "case.link": _("linked something to the case"),
    "case.add_person": _("added somebody to the case"),
    "case.remove_person": _("ended somebody's part in the case"),
    "case.note": _("recorded a fact in the case"),
    "case.assess": _("assessed the case"),
    "case.close": _("closed the case"),
    "case.reopen": _("reopened the case"),
    "task.add": _("added a task"),
    "task.do": _("did a task"),
    "condition.set": _("asked to be told"),
    "condition.end": _("no longer waits to be told"),
    "condition.meet": _("a condition came true"),
    "condition.read": _("read that a condition came true"),
}
"""What is not here is shown by its name in the log."""
