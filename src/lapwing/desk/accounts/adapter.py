"""How the library that signs people in is bound to persons of the desk."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from lapwing.desk import clock
from lapwing.desk.accounts.person import Person
from lapwing.desk.accounts.sign_in import FRESH, SignIn

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialLogin

NONCE = 12


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up: accounts are made by an administrator, and there is no mail to send."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def clean_username(self, username: str, shallow: bool = False) -> str:
        return username.lower()

    def get_login_stages(self) -> list[str]:
        return ["lapwing.desk.accounts.stage.FactorStage"]

    def pre_login(self, request: HttpRequest, user: Person, **options: Any) -> HttpResponseBase | None:
        """As the library does, and an initial password that was not used in time opens nothing either."""
        if user.initial_until is not None and clock.now() >= user.initial_until:
            answer: HttpResponseBase = self.respond_user_inactive(request, user)
            return answer
        refused: HttpResponseBase | None = super().pre_login(request, user, **options)
        return refused

    def is_reauthentication_required(self, *, app: str, **options: Any) -> bool:
        """Not right after signing in: the password was only just typed."""
        request = context.request
        begun = SignIn.objects.of(request.user, request.session)
        return begun is None or clock.now() - begun.began > FRESH

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """On to the account, and not to an empty form for yet another password."""
        return reverse("account")

    def send_mail(self, template_prefix: str, email: str, words: dict[str, Any]) -> None:
        """Persons have no address here; what changes in an account stands in the audit log."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """As `send_mail`."""


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """A provider says who somebody is; the desk says whether they have an account, and which roles."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Bind a first sign-in to the open account of the same name, once; without one, say so."""
        if sociallogin.is_existing:
            return
        claims = sociallogin.account.extra_data
        claims = claims.get("userinfo", claims)
        name = str(claims.get("preferred_username", "")).lower()
        person = Person.objects.filter(username=name, is_active=True).first() if name else None
        if person is None or SocialAccount.objects.filter(user=person).exists():
            raise ImmediateHttpResponse(
                render(request, "accounts/no_account.html", {"name": name}, status=403)
            )
        sociallogin.connect(request, person)


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """The secrets of authenticator apps are encrypted at rest, under a key made from the desk's secret key."""

    def get_totp_issuer(self) -> str:
        return "Lapwing"

    def build_totp_svg(self, url: str) -> str:
        """The picture alone, without the XML declaration that a page must not have in its middle."""
        svg: str = super().build_totp_svg(url)
        return svg[svg.index("<svg") :]

    def encrypt(self, text: str) -> str:
        nonce = secrets.token_bytes(NONCE)
        return base64.b64encode(nonce + AESGCM(_key()).encrypt(nonce, text.encode(), None)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises ``ValidationError``, which the form for a code shows, when the desk has another secret key now."""
        sealed = base64.b64decode(encrypted_text)
        try:
            return AESGCM(_key()).decrypt(sealed[:NONCE], sealed[NONCE:], None).decode()
        except InvalidTag:
            raise ValidationError(
                _(
                    "The desk has another secret key now, and cannot check your app or recovery codes any more."
                    " Use a security key, or have an administrator reset how you sign in."
                )
            ) from None


def _key() -> bytes:
    return HKDF(SHA256(), 32, None, b"lapwing second factors").derive(settings.SECRET_KEY.encode())
