"""Signing in with an organisation's provider: it says who somebody is, and the desk whether they have an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client, RequestFactory

from lapwing.desk.accounts.adapter import ProviderAdapter
from lapwing.desk.accounts.models import Person

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper


@pytest.fixture(autouse=True)
def _provider(settings: SettingsWrapper) -> None:
    app = {"provider_id": "team", "name": "login.example.org", "client_id": "lapwing", "secret": "s"}
    app["settings"] = {"server_url": "https://login.example.org"}  # type: ignore[assignment]
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}


def test_the_sign_in_page_offers_the_provider(client: Client, db: None) -> None:
    assert "Sign in with login.example.org" in client.get("/accounts/login/").content.decode()


def arrives(rf: RequestFactory, name: str, uid: str = "u-1") -> SocialLogin:
    """Somebody comes back from the provider, which gives them this name."""
    request = rf.get("/accounts/provider/team/login/callback/")
    request.session = SessionStore()
    request.user = Person()
    account = SocialAccount(
        provider="team", uid=uid, extra_data={"userinfo": {"preferred_username": name}, "id_token": {}}
    )
    login = SocialLogin(user=Person(), account=account)
    login.lookup()
    ProviderAdapter().pre_social_login(request, login)
    return login


def test_the_first_sign_in_binds_the_identity_to_the_account_of_that_name(
    rf: RequestFactory, analyst: Person
) -> None:
    login = arrives(rf, "Analyst")
    assert login.user == analyst
    assert SocialAccount.objects.get().user == analyst
    again = arrives(rf, "a-name-that-changed")
    assert again.user == analyst


def refused(rf: RequestFactory, name: str, uid: str = "u-1") -> str:
    with pytest.raises(ImmediateHttpResponse) as stopped:
        arrives(rf, name, uid)
    response: Any = stopped.value.response
    assert response.status_code == 403
    return str(response.content.decode())


@pytest.mark.django_db
def test_nobody_gets_an_account_by_having_an_identity(rf: RequestFactory) -> None:
    page = refused(rf, "<b>stranger</b>")
    assert "this desk has no open account of your name" in page
    assert "&lt;b&gt;stranger&lt;/b&gt;" in page
    assert not Person.objects.exists()


def test_a_second_identity_does_not_take_over_an_account(rf: RequestFactory, analyst: Person) -> None:
    arrives(rf, "analyst", "u-1")
    assert "no open account" in refused(rf, "analyst", "u-2")


def test_a_closed_account_is_not_bound(rf: RequestFactory, analyst: Person) -> None:
    analyst.is_active = False
    analyst.save()
    assert "no open account" in refused(rf, "analyst")


@pytest.mark.django_db
def test_a_provider_that_gives_no_name_opens_nothing(rf: RequestFactory) -> None:
    assert "no open account" in refused(rf, "")
