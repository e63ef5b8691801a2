"""The values of details in words: where they are of a closed list, they stand in the log by the names in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lapwing.desk.accounts.role import ROLES
from lapwing.desk.accounts.token import SCOPES
from lapwing.desk.cases.case import CaseRole
from lapwing.desk.cases.condition import Sort
from lapwing.desk.guard.rule import said as rule_said
from lapwing.desk.mandates.ground import grounds
from lapwing.desk.moments.disclosure import WHAT
from lapwing.desk.moments.vocabulary import vocabulary
from lapwing.desk.subjects.subject import Privilege

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

LIFE = {"open": _("open"), "fading": _("fading"), "closed": _("no new evidence")}
"""Where a moment stands by its evidence."""
FACTORS = {
    "totp": _("authenticator app"),
    "webauthn": _("security key"),
    "recovery_codes": _("recovery codes"),
}
LISTS = {
    "cases": _("cases"),
    "closed": _("closed moments"),
    "later": _("decided moments"),
    "moments": _("moments"),
    "moments not shown": _("moments not shown"),
    "search": _("what was found"),
    "second": _("moments for a second reader"),
    "subjects": _("subjects"),
}
"""The lists that somebody looks at."""


def said(name: str, value: str) -> str:
    """A value of a detail of this name in the reader's language; what is of no list, or of none any more, as it is."""
    if name in ("action", "for"):
        return rule_said(value)
    return gettext(str(_titles(name).get(value, value))) if value else ""


def _titles(name: str) -> Mapping[str, str | StrPromise]:
    if name == "choice":
        return {one.name: one.title for one in vocabulary().choices.values()}
    if name == "judgement":
        return {one.name: one.title for one in vocabulary().judgements.values()}
    if name == "ground":
        return {one.name: one.title for one in grounds().grounds.values()}
    if name in ("purpose", "categories", "means"):
        known = grounds()
        words = {"purpose": known.purposes, "categories": known.categories, "means": known.means}[name]
        return {one.name: one.title for one in words.values()} | {"oversight": _("oversight")}
    return {
        "field": {"handle": _("handle")},
        "kind": FACTORS,
        "life": LIFE,
        "list": LISTS,
        "privilege": dict(Privilege.choices),
        "role": dict(CaseRole.choices),
        "roles": {role.name: role.title for role in ROLES.values()},
        "scopes": dict(SCOPES),
        "sort": dict(Sort.choices),
        "what": WHAT,
    }.get(name, {})
