"""Who can sign in with a password."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest

from lapwing.desk import clock
from lapwing.desk.accounts.models import Person


class PasswordBackend(AuthenticationBackend):  # type: ignore[misc]
    """As the library does, but for initial passwords that were not used in time."""

    def user_can_authenticate(self, user: AbstractBaseUser | None) -> bool:
        """Only open accounts, and those whose initial password has not run out."""
        if not isinstance(user, Person) or not user.is_active:
            return False
        return user.initial_until is None or clock.now() < user.initial_until

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> Person | None:
        found: AbstractBaseUser | None = super().authenticate(request, **credentials)
        return found if isinstance(found, Person) and self.user_can_authenticate(found) else None
