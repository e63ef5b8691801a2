"""Security keys and passkeys, in a real browser with a key that is simulated by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator

from lapwing.desk.accounts.models import Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "curlew-on-the-mudflat"
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
}


def test_a_passkey_is_added_and_signs_in_without_a_password(
    look_of: Callable[..., Any], settings: Any
) -> None:
    settings.DEMO = False
    person = Person.objects.create_person("warden", ["administrator"], PASSWORD)
    look = look_of(None)
    devices = look.page.context.new_cdp_session(look.page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})

    page = look.go("/accounts/persons/")
    page.fill("input[name=login]", "warden")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/factors/")

    page = look.go("/accounts/factors/webauthn/add/")
    page.fill("input[name=name]", "the key on the ring")
    page.check("input[name=passwordless]")
    page.click("#mfa_webauthn_add")
    page.wait_for_url("**/accounts/factors/recovery-codes/**")
    assert Authenticator.objects.filter(user=person, type=Authenticator.Type.WEBAUTHN).count() == 1

    look.go("/accounts/persons/")
    page.click("details.menu summary")
    page.click("text=Sign out")
    page.wait_for_url("**/accounts/login/**")
    page.click("#passkey_login")
    page.wait_for_selector("nav[aria-label]")
    assert look.go("/accounts/persons/").locator("h1").inner_text() == "Persons"
