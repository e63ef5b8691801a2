"""The pages of one's own account, and of every way to sign in, without barriers: as everybody, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache

from lapwing.desk.accounts.models import Person
from lapwing.desk.accounts.role import ROLES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LookOf = Callable[..., Any]
PASSWORD = "curlew-on-the-mudflat"
PHONE = {"width": 390, "height": 844}
WIDE = {"width": 1600, "height": 900}

BEFORE = [
    "/accounts/",
    "/accounts/password/",
    "/accounts/logout/",
    "/accounts/inactive/",
    "/accounts/reauthenticate/",
    "/accounts/factors/",
    "/accounts/factors/totp/activate/",
    "/accounts/factors/webauthn/",
    "/accounts/factors/webauthn/add/",
    "/accounts/factors/recovery-codes/generate/",
]
"""What somebody sees who has set up nothing."""
AFTER = [
    "/accounts/",
    "/accounts/factors/",
    "/accounts/factors/reauthenticate/",
    "/accounts/factors/totp/deactivate/",
    "/accounts/factors/webauthn/",
    "/accounts/factors/webauthn/keys/{key}/edit/",
    "/accounts/factors/webauthn/keys/{key}/remove/",
    "/accounts/factors/recovery-codes/",
    "/accounts/factors/recovery-codes/generate/",
]
"""What somebody sees who has an authenticator app, a key and recovery codes."""


def person(role: str) -> Person:
    return Person.objects.create_person("ringer", [role], PASSWORD)


@pytest.mark.parametrize(
    ("scheme", "viewport", "language"),
    [("light", PHONE, "en-GB"), ("dark", WIDE, "fr-FR")],
    ids=["light phone", "dark wide"],
)
@pytest.mark.parametrize("role", ROLES)
def test_nothing_stands_in_the_way_to_ones_own_account(
    role: str, scheme: str, viewport: dict[str, int], language: str, look_of: LookOf
) -> None:
    cache.clear()
    me = person(role)
    look = look_of(me, color_scheme=scheme, viewport=viewport, locale=language)
    for path in BEFORE:
        page = look.go(path)
        assert page.locator("main h1, main h2").count(), path
        assert look.barriers() == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path
    TOTP.activate(me, generate_totp_secret())
    RecoveryCodes.activate(me)
    key = Authenticator.objects.create(
        user=me, type=Authenticator.Type.WEBAUTHN, data={"name": "a key \u202eof mine", "credential": {}}
    )
    for path in AFTER:
        page = look.go(path.format(key=key.pk))
        assert page.locator("main h1, main h2").count(), path
        assert look.barriers() == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_signing_in_with_a_second_factor(scheme: str, look_of: LookOf) -> None:
    cache.clear()
    me = person("reviewer")
    TOTP.activate(me, generate_totp_secret())
    look = look_of(None, color_scheme=scheme)
    page = look.go("/accounts/login/")
    page.fill("input[name=login]", "ringer")
    page.fill("input[name=password]", "wrong-as-can-be")
    page.keyboard.press("Enter")
    page.wait_for_selector(".errorlist")
    assert look.barriers() == []
    page.fill("input[name=login]", "ringer")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("input[name=code]")
    assert look.barriers() == []
    page.fill("input[name=code]", "000000")
    page.keyboard.press("Enter")
    page.wait_for_selector(".errorlist")
    assert look.barriers() == []
