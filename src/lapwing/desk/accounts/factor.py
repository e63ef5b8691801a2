"""Second factors: what somebody shows besides a password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django.core.exceptions import ValidationError

if TYPE_CHECKING:
    from django.db.models import QuerySet

KINDS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""Recovery codes are none: they stand in for one that was lost."""


def factors() -> QuerySet[Authenticator]:
    """The second factors of everybody."""
    found: QuerySet[Authenticator] = Authenticator.objects.filter(type__in=KINDS)
    return found


def unreadable() -> list[str]:
    """The names of those whose authenticator app was set up under another secret key than that of the desk."""
    apps = factors().filter(type=Authenticator.Type.TOTP, user__is_active=True).select_related("user")
    return sorted(app.user.username for app in apps if not _opens(app))


def _opens(app: Authenticator) -> bool:
    try:
        decrypt(app.data["secret"])
    except ValidationError:
        return False
    return True
