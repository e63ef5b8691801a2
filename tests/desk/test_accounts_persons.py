"""Persons: who they are, and what is done to their accounts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from lapwing.desk.accounts import enrolment
from lapwing.desk.accounts.models import Person, Token
from lapwing.desk.accounts.token import TokenError
from lapwing.desk.audit.models import Entry

PersonOf = Callable[..., Person]


def last() -> Entry:
    return Entry.objects.latest("number")


@pytest.mark.parametrize(
    "name", ["", "1st", "a b", "Ä", "a" * 65, "a\x00b", "<script>", "' OR 1=1 --", "a\u202eb", "a\n"]
)
def test_a_name_is_plain(name: str, db: None) -> None:
    with pytest.raises(ValidationError):
        Person.objects.create_person(name, ["analyst"])


def test_a_pseudonym_says_nothing_of_the_name(person_of: PersonOf) -> None:
    one, other = person_of("analyst"), person_of("analyst")
    assert one.pseudonym != other.pseudonym
    assert one.username not in one.pseudonym


def test_an_administrator_adds_a_person_and_sees_the_password_once(as_administrator: Client) -> None:
    form = {"username": "Wader", "roles": ["analyst", "reviewer"]}
    response = as_administrator.post("/accounts/persons/add/", form)
    person = Person.objects.get(username="wader")
    assert person.roles == ["analyst", "reviewer"]
    assert "It is shown this once" in response.content.decode()
    assert (last().action, last().about, last().detail) == (
        "person.add",
        person.about,
        {"roles": ["analyst", "reviewer"]},
    )
    assert response.headers["Cache-Control"].count("no-store") == 1


def test_roles_that_do_not_go_together_are_refused_in_words(as_administrator: Client) -> None:
    form = {"username": "wader", "roles": ["analyst", "overseer"]}
    response = as_administrator.post("/accounts/persons/add/", form)
    assert response.status_code == 422
    assert "The role of overseer is held alone." in response.content.decode()


def test_other_roles_take_a_reason_and_sign_the_person_out(
    as_administrator: Client, as_analyst: Client, analyst: Person
) -> None:
    page = "/accounts/persons/analyst/roles/"
    assert as_administrator.post(page, {"roles": ["approver"]}).status_code == 422
    assert as_administrator.post(page, {"roles": ["approver"], "why": "promoted"}).status_code == 302
    analyst.refresh_from_db()
    assert analyst.roles == ["approver"]
    assert (last().why, last().detail) == ("promoted", {"after": ["approver"], "before": ["analyst"]})
    assert as_analyst.get("/accounts/").status_code == 302


def test_nobody_changes_their_own_account(as_administrator: Client) -> None:
    for act in ("roles", "close", "reset"):
        response = as_administrator.post(f"/accounts/persons/administrator/{act}/", {"why": "because"})
        assert response.status_code == 403
        assert "another administrator does" in response.content.decode()


def test_somebody_always_administers(administrator: Person, person_of: PersonOf) -> None:
    other = person_of("administrator")
    enrolment.close(other, administrator, "has left")
    with pytest.raises(ValidationError, match="Nobody would be left who administers"):
        enrolment.close(administrator, other, "has left")
    with pytest.raises(ValidationError, match="Nobody would be left who administers"):
        enrolment.set_roles(Person.objects.get(pk=administrator.pk), ["analyst"], other, "moves")


def test_closing_and_opening_again(as_administrator: Client, analyst: Person) -> None:
    Token.objects.make(analyst, "exporter", ["events.write"], 30)
    assert as_administrator.post("/accounts/persons/analyst/close/", {"why": "left"}).status_code == 302
    analyst.refresh_from_db()
    assert (analyst.is_active, analyst.closed is not None) == (False, True)
    assert last().detail == {"places": 0, "tokens": 1}
    response = as_administrator.post("/accounts/persons/analyst/reopen/", {"why": "is back"})
    assert "The initial password of analyst" in response.content.decode()
    analyst.refresh_from_db()
    assert (analyst.is_active, analyst.closed) == (True, None)
    assert not Token.objects.get().live


def test_a_reset_takes_everything_away_that_was_lost(as_administrator: Client, as_analyst: Client) -> None:
    response = as_administrator.post("/accounts/persons/analyst/reset/", {"why": "lost telephone"})
    assert "The initial password of analyst" in response.content.decode()
    assert as_analyst.get("/accounts/").status_code == 302
    assert (last().action, last().why) == ("person.reset", "lost telephone")


def test_hostile_names_of_tokens_are_shown_as_text(as_analyst: Client) -> None:
    form = {"name": "<script>alert(1)</script>", "scopes": ["events.write"], "days": 3}
    as_analyst.post("/accounts/tokens/", form)
    page = as_analyst.get("/accounts/").content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    "form",
    [
        {"name": "x\x00y", "scopes": ["events.write"], "days": 3},
        {"name": "x" * 65, "scopes": ["events.write"], "days": 3},
        {"name": "x", "scopes": ["everything"], "days": 3},
        {"name": "x", "scopes": [], "days": 3},
        {"name": "x", "scopes": ["events.write"], "days": 10**12},
    ],
)
def test_a_token_that_cannot_be_meant_is_refused_in_words(
    as_analyst: Client, form: dict[str, object]
) -> None:
    response = as_analyst.post("/accounts/tokens/", form)
    assert response.status_code == 422
    assert "errorlist" in response.content.decode()
    assert not Token.objects.exists()


# --- tokens -------------------------------------------------------------------------------------------------


def test_the_secret_of_a_token_is_shown_once_and_kept_nowhere(as_analyst: Client) -> None:
    form = {"name": "exporter", "scopes": ["events.write"], "days": 30}
    page = as_analyst.post("/accounts/tokens/", form).content.decode()
    secret = page.split('class="secret">')[1].split("<")[0]
    token = Token.objects.present(secret, "events.write")
    assert token.person.username == "analyst"
    assert secret not in str(Token.objects.values().get())
    assert secret not in as_analyst.get("/accounts/").content.decode()
    assert secret not in last().words


def test_a_token_is_for_what_it_was_made_for(analyst: Person) -> None:
    _token, secret = Token.objects.make(analyst, "exporter", ["events.write"], 30)
    with pytest.raises(TokenError, match=r"it would need the scope moments\.read"):
        Token.objects.present(secret, "moments.read")


def test_a_secret_nobody_made_is_no_token(db: None) -> None:
    with pytest.raises(TokenError, match="not known here"):
        Token.objects.present("lapwing_\ud800\x00", "events.write")


def test_a_token_expires(analyst: Person, later: Callable[[timedelta], None]) -> None:
    _token, secret = Token.objects.make(analyst, "exporter", ["events.write"], 30)
    later(timedelta(days=30))
    with pytest.raises(TokenError, match="has ended"):
        Token.objects.present(secret, "events.write")


def test_a_token_ends_when_its_person_ends_it_or_leaves(
    as_analyst: Client, analyst: Person, administrator: Person
) -> None:
    first, secret = Token.objects.make(analyst, "exporter", ["events.write"], 30)
    as_analyst.post(f"/accounts/tokens/{first.pk}/end/")
    with pytest.raises(TokenError, match="has ended"):
        Token.objects.present(secret, "events.write")
    _second, secret = Token.objects.make(analyst, "exporter", ["events.write"], 30)
    enrolment.close(analyst, administrator, "left")
    with pytest.raises(TokenError, match="has ended"):
        Token.objects.present(secret, "events.write")


def test_nobody_ends_the_token_of_another(as_reviewer: Client, analyst: Person) -> None:
    token, _secret = Token.objects.make(analyst, "exporter", ["events.write"], 30)
    assert as_reviewer.post(f"/accounts/tokens/{token.pk}/end/").status_code == 404
    token.refresh_from_db()
    assert token.live


@pytest.mark.parametrize("days", [0, 367, -1])
def test_a_token_lasts_a_day_to_a_year(analyst: Person, days: int) -> None:
    with pytest.raises(ValidationError, match="from one day to a year"):
        Token.objects.make(analyst, "exporter", ["events.write"], days)
