"""What the guard makes of requests."""

from __future__ import annotations

from django.test import Client


def test_whoever_is_not_signed_in_is_led_to_the_sign_in_page_and_back(client: Client, db: None) -> None:
    response = client.get("/accounts/login/")
    assert response.status_code == 200


def test_a_person_sees_their_account(as_administrator: Client) -> None:
    for page in ("/accounts/", "/accounts/persons/", "/accounts/persons/add/", "/accounts/persons/administrator/"):
        assert as_administrator.get(page).status_code == 200, page
    assert as_administrator.get("/accounts/factors/").status_code == 200
