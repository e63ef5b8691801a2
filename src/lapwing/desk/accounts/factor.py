"""Second factors: what somebody shows besides a password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator

if TYPE_CHECKING:
    from django.db.models import QuerySet

KINDS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""Recovery codes are none: they stand in for one that was lost."""


def factors() -> QuerySet[Authenticator]:
    """The second factors of everybody."""
    found: QuerySet[Authenticator] = Authenticator.objects.filter(type__in=KINDS)
    return found
