"""Signing in: passwords, second factors, throttling, and how long it lasts."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from desk_folder import new_desk, without_database
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.test import Client, override_settings

from lapwing.desk import clock
from lapwing.desk.accounts import enrolment
from lapwing.desk.accounts.error import NotAdmittedError
from lapwing.desk.accounts.models import Person, SignIn
from lapwing.desk.accounts.sign_in import IDLE, LONGEST, MOST
from lapwing.desk.audit.models import Entry

PersonOf = Callable[..., Person]
ClientOf = Callable[[Person], Client]

PASSWORD = "curlew-on-the-mudflat"


@pytest.fixture(autouse=True)
def _fresh_counts(db: None) -> None:
    cache.clear()


@pytest.fixture
def ringer(db: None) -> Person:
    """An analyst with a password."""
    return Person.objects.create_person("ringer", ["analyst"], PASSWORD)


def sign_in(client: Client, name: str = "ringer", password: str = PASSWORD) -> str:
    """Where the sign-in page leads, or what it says."""
    response = client.post("/accounts/login/", {"login": name, "password": password})
    return response.headers.get("Location") or response.content.decode()


def logged(action: str) -> list[str]:
    return list(Entry.objects.filter(action=action).values_list("about", flat=True))


# --- passwords --------------------------------------------------------------------------------------------


def test_a_password_opens_the_desk_and_the_log_says_so(client: Client, ringer: Person) -> None:
    assert sign_in(client) == "/"
    assert client.get("/accounts/").status_code == 200
    assert logged("person.sign_in") == [ringer.about]
    client.post("/accounts/logout/")
    assert client.get("/accounts/").status_code == 302
    assert logged("person.sign_out") == [ringer.about]
    assert not SignIn.objects.exists()


def test_a_name_may_be_typed_in_capitals(client: Client, ringer: Person) -> None:
    assert sign_in(client, "Ringer") == "/"


def test_passwords_are_kept_as_argon2_only(ringer: Person) -> None:
    assert ringer.password.startswith("argon2$argon2id$")
    assert PASSWORD not in ringer.password


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_has_no_password_is_told_how_to_come_by_one(
    method: str, person_of: PersonOf, client_of: ClientOf
) -> None:
    person = person_of("analyst")
    assert not person.has_usable_password()
    client = client_of(person)
    new = {"oldpassword": "", "password1": PASSWORD, "password2": PASSWORD}
    answer = getattr(client, method)("/accounts/password/", new)
    assert answer.status_code == 200
    assert "ask an administrator to reset how you sign in" in answer.content.decode()
    person.refresh_from_db()
    assert not person.has_usable_password()
    assert "/accounts/password/" not in client.get("/accounts/").content.decode()


def test_a_wrong_password_is_logged_without_the_name_of_nobody(client: Client, ringer: Person) -> None:
    assert "not correct" in sign_in(client, password="whatever-else-1")
    assert "not correct" in sign_in(client, name="my-password-in-the-wrong-field")
    assert logged("person.sign_in_failed") == [ringer.about, "person:unknown"]


def test_guessing_is_stopped_even_for_the_right_password(client: Client, ringer: Person) -> None:
    for _attempt in range(5):
        sign_in(client, password="whatever-else-1")
    assert "Too many failed login attempts" in sign_in(client)


@pytest.mark.parametrize("password", ["short-one-1", "password123456", "ringer-ringer"])
def test_a_password_that_is_guessed_is_refused(client: Client, ringer: Person, password: str) -> None:
    sign_in(client)
    form = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    response = client.post("/accounts/password/", form)
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()


def test_a_new_password_signs_out_everywhere_else(client: Client, ringer: Person) -> None:
    elsewhere = Client()
    sign_in(elsewhere)
    sign_in(client)
    fresh = "a-different-bird-each-day"
    form = {"oldpassword": PASSWORD, "password1": fresh, "password2": fresh}
    assert client.post("/accounts/password/", form).status_code == 302
    assert client.get("/accounts/").status_code == 200
    assert elsewhere.get("/accounts/").status_code == 302
    assert logged("person.password") == [ringer.about]


def test_nobody_signs_up(client: Client, db: None) -> None:
    assert client.get("/accounts/signup/").status_code == 404
    assert client.get("/accounts/password/reset/").status_code == 404


# --- initial passwords ------------------------------------------------------------------------------------


def test_an_initial_password_is_for_choosing_another_one(client: Client, db: None) -> None:
    person, password = enrolment.enrol("chick", ["analyst"], None)
    assert sign_in(client, "chick", password) == "/"
    assert client.get("/accounts/").headers["Location"] == "/accounts/password/"
    form = {"oldpassword": password, "password1": PASSWORD, "password2": PASSWORD}
    client.post("/accounts/password/", form)
    assert client.get("/accounts/").status_code == 200
    person.refresh_from_db()
    assert person.initial_until is None


def test_a_changed_password_leads_on(client: Client, ringer: Person) -> None:
    sign_in(client)
    new = "avocet-on-the-saltmarsh"
    data = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post("/accounts/password/", data).headers["Location"] == "/accounts/"


def test_an_initial_password_ends(client: Client, db: None, later: Callable[[timedelta], None]) -> None:
    _person, password = enrolment.enrol("chick", ["analyst"], None)
    later(enrolment.INITIAL)
    assert sign_in(client, "chick", password) == "/accounts/inactive/"
    assert "has run out" in client.get("/accounts/inactive/").content.decode()
    assert client.get("/accounts/").status_code == 302


def test_initial_passwords_are_long_and_can_be_read_out() -> None:
    password = enrolment.new_password()
    assert len(password.replace("-", "")) == 20
    assert not set(password) & set("01ilo")


# --- how long -----------------------------------------------------------------------------------------------


def test_a_sign_in_ends_when_nobody_asks_for_pages(
    as_analyst: Client, later: Callable[[timedelta], None]
) -> None:
    later(IDLE - timedelta(minutes=1))
    assert as_analyst.get("/accounts/").status_code == 200
    later(IDLE)
    response = as_analyst.get("/accounts/", follow=True)
    assert response.redirect_chain[-1][0] == "/accounts/login/?next=/accounts/"
    assert "the time for it had run out" in response.content.decode()


def test_a_sign_in_ends_after_a_shift_however_busy(
    as_analyst: Client, later: Callable[[timedelta], None]
) -> None:
    step = timedelta(minutes=50)
    for _page in range(int(LONGEST / step)):
        later(step)
        assert as_analyst.get("/accounts/").status_code == 200
    later(step)
    assert as_analyst.get("/accounts/").status_code == 302


@pytest.mark.parametrize("headers", [{"Accept": "text/event-stream"}, {"HX-Request": "true"}])
def test_a_page_that_lies_open_and_asks_by_itself_is_nobody_at_work(
    headers: dict[str, str], as_analyst: Client, later: Callable[[timedelta], None]
) -> None:
    later(IDLE - timedelta(minutes=5))
    as_analyst.get("/accounts/", headers=headers)
    later(timedelta(minutes=5))
    assert as_analyst.get("/accounts/").status_code == 302


def test_one_place_too_many_ends_the_oldest(analyst: Person, client_of: ClientOf) -> None:
    clients = []
    for number in range(MOST + 1):
        with clock.moved(timedelta(seconds=number)):
            clients.append(client_of(analyst))
    answers = [client.get("/accounts/").status_code for client in clients]
    assert answers == [302, *[200] * MOST]


def test_one_can_sign_out_everywhere_else(analyst: Person, client_of: ClientOf) -> None:
    here, there = client_of(analyst), client_of(analyst)
    here.post("/accounts/elsewhere/")
    assert (here.get("/accounts/").status_code, there.get("/accounts/").status_code) == (200, 302)


def test_sign_ins_that_ran_out_are_forgotten(as_analyst: Client, later: Callable[[timedelta], None]) -> None:
    assert SignIn.objects.sweep() == 0
    later(IDLE)
    assert SignIn.objects.sweep() == 1


@pytest.mark.parametrize(
    ("agent", "short"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/130.0 Safari/537.36 Edg/130.0",
            "Edge, Windows",
        ),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_of_a_browser_only_its_name_is_kept(analyst: Person, agent: str, short: str) -> None:
    assert SignIn.objects.begin(analyst, SessionStore(), agent).browser == short


# --- second factors -----------------------------------------------------------------------------------------


def code(secret: str) -> str:
    return f"{hotp_value(secret, list(yield_hotp_counters_from_time())[1]):06}"


@override_settings(DEMO=False)
def test_a_role_that_decides_needs_a_second_factor(client: Client, approver: Person, analyst: Person) -> None:
    client.force_login(approver)
    assert client.get("/accounts/persons/").headers["Location"] == "/accounts/factors/"
    assert client.get("/accounts/factors/").status_code == 200
    part = client.post("/accounts/tokens/", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Redirect"]) == (403, "/accounts/factors/")
    assert client.get("/accounts/persons/", headers={"HX-Request": "true"}).status_code == 204
    client.force_login(analyst)
    assert client.get("/accounts/persons/").status_code == 403


def test_in_a_demonstration_none_is_asked_for(as_approver: Client) -> None:
    assert as_approver.get("/accounts/persons/").status_code == 403


@override_settings(DEMO=False)
def test_an_authenticator_app_from_its_first_code_to_the_next_sign_in(client: Client, db: None) -> None:
    person = Person.objects.create_person("warden", ["administrator"], PASSWORD)
    sign_in(client, "warden")
    assert client.get("/").headers["Location"] == "/accounts/factors/"
    page = client.get("/accounts/factors/totp/activate/").content.decode()
    assert "<svg" in page
    assert "data:image" not in page
    secret = client.session["mfa.totp.secret"]
    client.post("/accounts/factors/totp/activate/", {"code": code(secret)})
    assert client.get("/accounts/persons/").status_code == 200
    assert logged("person.factor_add")[0] == person.about

    stored = Authenticator.objects.get(user=person, type=Authenticator.Type.TOTP)
    assert secret not in str(stored.data)

    cache.clear()  # the code of this half-minute was used; the library remembers that for longer than a test lasts
    again = Client()
    assert sign_in(again, "warden") == "/accounts/factors/authenticate/"
    assert again.get("/accounts/persons/").status_code == 302
    again.post("/accounts/factors/authenticate/", {"code": "000000"})
    assert logged("person.factor_failed") == [person.about]
    again.post("/accounts/factors/authenticate/", {"code": code(secret)})
    assert again.get("/accounts/persons/").status_code == 200

    cache.clear()
    with override_settings(SECRET_KEY="a key that was made anew" * 3):
        lost = Client()
        sign_in(lost, "warden")
        refused = lost.post("/accounts/factors/authenticate/", {"code": code(secret)})
        assert refused.status_code == 200
        assert "The desk has another secret key now" in refused.content.decode()
        assert lost.get("/accounts/persons/").status_code == 302


@override_settings(SECRET_KEY="a key that was made anew" * 3)
def test_after_the_secret_key_was_lost_an_administrator_gets_in_by_the_command_line(client: Client) -> None:
    person = Person.objects.create_person("warden", ["administrator"], PASSWORD)
    with override_settings(SECRET_KEY="the key that is lost" * 3):
        TOTP.activate(person, generate_totp_secret())
        RecoveryCodes.activate(person)
    sign_in(client, "warden")
    assert client.get("/accounts/persons/").status_code == 302

    again, password = enrolment.admit("Warden", "the secret key was lost with the disk")
    assert again == person
    entry = Entry.objects.get(action="person.reset")
    assert (entry.by, entry.about, entry.why) == (None, person.about, "the secret key was lost with the disk")
    assert logged("person.factor_remove") == [person.about] * 2

    # The browser that still waits for a code can begin anew.
    assert client.get("/accounts/factors/authenticate/").headers["Location"] == "/accounts/login/"
    assert client.get("/accounts/login/").status_code == 200
    sign_in(client, "warden", password)
    assert client.get("/accounts/persons/").headers["Location"] == "/accounts/password/"
    client.post(
        "/accounts/password/", {"oldpassword": password, "password1": PASSWORD, "password2": PASSWORD}
    )
    assert client.get("/accounts/persons/").headers["Location"] == "/accounts/factors/"
    client.get("/accounts/factors/totp/activate/")
    client.post("/accounts/factors/totp/activate/", {"code": code(client.session["mfa.totp.secret"])})
    assert client.get("/accounts/persons/").status_code == 200


@pytest.mark.parametrize(
    ("name", "why", "said"),
    [
        ("analyst", "lost", "No administrator has an open account under the name analyst. Administrators are: warden."),
        ("leaver", "lost", "They let all others in, on the page Persons."),
        ("\x1b[2J", "lost", "under the name ⟨U+001B⟩[2J."),
        ("warden", " ", "This reason cannot be kept: This field is required. Give another with --why."),
        ("warden", "x\x00", "This reason cannot be kept: Null characters are not allowed."),
        ("warden", "x" * 501, "at most 500 characters"),
    ],
)  # fmt: skip
def test_the_command_line_lets_in_administrators_only_and_for_a_reason(
    name: str, why: str, said: str, analyst: Person, administrator: Person
) -> None:
    Person.objects.create_person("warden", ["administrator"], PASSWORD)
    leaver = Person.objects.create_person("leaver", ["administrator"], PASSWORD)
    enrolment.close(leaver, administrator, "has left the team")
    enrolment.close(administrator, leaver, "has left the team")
    with pytest.raises(NotAdmittedError, match=re.escape(said)):
        enrolment.admit(name, why)
    assert not logged("person.reset")


def test_where_nobody_has_an_account_the_command_line_names_the_link_to_the_first(db: None) -> None:
    with pytest.raises(
        NotAdmittedError, match="`lapwing desk` prints a link that makes the first administrator"
    ):
        enrolment.admit("warden", "lost")


def test_letting_in_needs_no_seal_key_and_shows_the_password_once(tmp_path: Path) -> None:
    home = new_desk(tmp_path / "home")
    environment = {name: value for name, value in without_database().items() if name != "LAPWING_SEAL_KEY"}

    def lapwing(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "lapwing.cli", *arguments, "--home", str(home)]
        return subprocess.run(
            command, env=environment, text=True, capture_output=True, timeout=60, check=False
        )

    nobody = lapwing("admit", "warden", "--why", "lost")
    assert nobody.returncode == 2
    assert nobody.stderr.startswith("lapwing: No administrator has an open account under the name warden.")
    made = (
        "import sys; from pathlib import Path; from lapwing.desk.project.start import start\n"
        "start(Path(sys.argv[1]), seals=False)\n"
        "from lapwing.desk.accounts import enrolment; enrolment.enrol('warden', ['administrator'], None)"
    )
    subprocess.run([sys.executable, "-c", made, str(home)], env=environment, check=True, timeout=60)
    done = lapwing("admit", "warden", "--why", "the telephone is lost")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^([a-z0-9]{5}-){3}[a-z0-9]{5}$", done.stdout, re.MULTILINE)
    assert "It works until 2" in done.stdout


def test_how_one_signs_in_is_changed_only_after_the_password_is_typed_again(
    client: Client, ringer: Person, later: Callable[[timedelta], None]
) -> None:
    sign_in(client)
    assert client.get("/accounts/factors/totp/activate/").status_code == 200
    later(timedelta(minutes=6))
    led = client.get("/accounts/factors/totp/activate/").headers["Location"]
    assert led.startswith("/accounts/reauthenticate/")
    assert client.post(led, {"password": "wrong-one-1234"}).status_code == 200
    assert client.post(led, {"password": PASSWORD}).headers["Location"] == "/accounts/factors/totp/activate/"


@override_settings(DEMO=False)
def test_the_page_for_keys_is_drawn_with_scripts_from_files(client: Client, db: None) -> None:
    Person.objects.create_person("warden", ["administrator"], PASSWORD)
    sign_in(client, "warden")
    page = client.get("/accounts/factors/webauthn/add/").content.decode()
    assert "mfa/js/webauthn.js" in page


# --- closed accounts ----------------------------------------------------------------------------------------


def test_a_closed_account_is_out_at_once(as_analyst: Client, analyst: Person, administrator: Person) -> None:
    enrolment.close(analyst, administrator, "has left the team")
    assert as_analyst.get("/accounts/").status_code == 302


def test_a_closed_account_does_not_sign_in(client: Client, ringer: Person, administrator: Person) -> None:
    enrolment.close(ringer, administrator, "has left the team")
    assert sign_in(client) != "/"
    assert client.get("/accounts/").status_code == 302


@override_settings(DEMO=False)
def test_recovery_codes_are_shown_once_with_a_way_on(client: Client, db: None) -> None:
    Person.objects.create_person("warden", ["administrator"], PASSWORD)
    sign_in(client, "warden")
    client.get("/accounts/factors/totp/activate/")
    secret = client.session["mfa.totp.secret"]
    page = client.post(
        "/accounts/factors/totp/activate/", {"code": code(secret)}, follow=True
    ).content.decode()
    assert "Write them down on paper now: they are not shown again." in page
    assert '<a class="button main" href="/accounts/">I have written them down</a>' in page
    assert "won&#x27;t be shown again" not in page
    again = client.get("/accounts/factors/recovery-codes/").content.decode()
    assert "10 of 10 are unused." in again
    assert "Write them down" not in again
