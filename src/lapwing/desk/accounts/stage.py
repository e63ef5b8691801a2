"""Between password and second factor: the one stage of signing in that the desk has."""

from __future__ import annotations

from allauth.mfa.stages import AuthenticateStage
from django.http import HttpRequest

from lapwing.desk.accounts.factor import factors


class FactorStage(AuthenticateStage):  # type: ignore[misc]
    """As the library's, but left when the second factors were reset while a browser waited for a code.

    The library leads such a browser from the sign-in page to the page for codes and back for a quarter of an hour.
    """

    def is_resumable(self, request: HttpRequest) -> bool:
        return factors().filter(user=self.login.user).exists()
