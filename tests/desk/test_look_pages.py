"""Every page: headers, no code in the page itself, errors in words, times, languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import get_resolver, path

import lapwing.desk
from lapwing.desk import clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.guard import unguarded
from lapwing.desk.look.navigation import PLACES
from lapwing.desk.look.templatetags import look
from lapwing.report.language import speaking

DESK = Path(lapwing.desk.__file__).parent
TEMPLATES = sorted(DESK.rglob("templates/**/*.*"))
POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


# --- what may run, and where from -----------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["/accounts/login/", "/nowhere/", "/static/look/desk.css"])
def test_every_answer_carries_the_headers(client: Client, page: str) -> None:
    headers = client.get(page).headers
    if not page.startswith("/static/"):
        assert set(headers["Content-Security-Policy"].split("; ")) == set(POLICY.split("; "))
        assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_cookies_are_out_of_reach_of_scripts(as_analyst: Client) -> None:
    as_analyst.get("/accounts/")
    for name in ("sessionid", "csrftoken"):
        assert as_analyst.cookies[name]["httponly"] or name == "sessionid"
        assert as_analyst.cookies[name]["samesite"] in ("Lax", "")


class Inline(HTMLParser):
    """Collects what a strict policy would not run, and what should not be there at all."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.found.append("<script> without src")
        if tag == "style":
            self.found.append("<style>")
        self.found += [name for name in given if name == "style" or name.startswith(("on", "hx-on"))]
        self.found += [f"{name}={value}" for name, value in given.items() if "javascript:" in value.lower()]
        outside = re.compile(r"\s*(https?:)?//")
        self.found += [
            f"{tag} {given[name]}" for name in ("src", "action") if outside.match(given.get(name, ""))
        ]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: str(file.relative_to(DESK)))
def test_no_template_has_code_or_style_in_the_page(template: Path) -> None:
    reader = Inline()
    reader.feed(re.sub(r"{%.*?%}|{#.*?#}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL))
    assert not reader.found


def test_the_search_for_code_in_pages_would_see_it() -> None:
    reader = Inline()
    reader.feed(
        '<script>x</script><style>a{}</style><p style="a" onclick="b" hx-on:click="c">'
        '<a href="javascript:d"><img src="//elsewhere/e"><script type="application/json">{}</script>'
    )
    assert len(reader.found) == 7


@pytest.mark.django_db
@override_settings(ALLOWED_HOSTS=["localhost"])
def test_another_host_is_refused_without_repeating_its_name(client: Client) -> None:
    response = client.get("/", headers={"Host": "elsewhere.example"})
    assert response.status_code == 400
    assert "addressed to another machine" in response.content.decode()
    assert "elsewhere.example" not in response.content.decode()


def test_a_form_from_elsewhere_is_refused_in_words(as_analyst: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = as_analyst.cookies
    response = strict.post("/accounts/elsewhere/")
    assert response.status_code == 403
    assert "Nothing was changed. Go back" in response.content.decode()


# --- what went wrong --------------------------------------------------------------------------------------------


@unguarded("a test")
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the secret of the failure")


urlpatterns = [path("broken/", broken), *get_resolver("lapwing.desk.project.urls").url_patterns]
handler400 = "lapwing.desk.look.views.bad_request"
handler403 = "lapwing.desk.look.views.forbidden"
handler404 = "lapwing.desk.look.views.not_found"
handler500 = "lapwing.desk.look.views.server_error"


@override_settings(ROOT_URLCONF=__name__)
def test_a_failure_says_what_to_do_next_and_nothing_of_itself(client: Client) -> None:
    # No database in this test: the page must come up when the database is what broke.
    client.raise_request_exception = False
    response = client.get("/broken/")
    assert response.status_code == 500
    assert "Look whether it was kept before doing it again." in response.content.decode()
    assert "secret of the failure" not in response.content.decode()


@pytest.mark.django_db
def test_a_page_that_is_not_there_says_so(client: Client) -> None:
    response = client.get("/moments/<script>alert(1)</script>/")
    assert response.status_code == 404
    assert "<script>alert" not in response.content.decode()


# --- who sees what ----------------------------------------------------------------------------------------------


def test_the_first_page_is_the_first_one_that_a_role_may_see(
    as_administrator: Client, as_analyst: Client
) -> None:
    for client in (as_administrator, as_analyst):
        first = client.get("/").headers["Location"]
        assert client.get(first).status_code == 200


def test_every_link_of_the_navigation_opens_for_whoever_sees_it(
    everybody: dict[str, Person], client_of: Callable[[Person], Client]
) -> None:
    seen = set()
    for person in everybody.values():
        client = client_of(person)
        page = client.get("/accounts/").context
        for entry in [*page["navigation"], *page["machine_pages"]]:
            assert client.get(entry.address).status_code in (200, 302), f"{person} at {entry.address}"
            seen.add(entry.address)
    assert len(seen) == len(PLACES)


def test_somebody_without_a_role_is_told_whom_to_ask(
    person_of: Callable[..., Person], client: Client
) -> None:
    client.force_login(person_of())
    response = client.get("/", follow=True)
    assert "An administrator gives roles" in response.content.decode()


def test_each_page_has_its_landmarks_and_a_way_past_the_navigation(as_administrator: Client) -> None:
    page = as_administrator.get("/accounts/persons/").content.decode()
    for piece in (
        '<html lang="en">',
        'href="#content"',
        '<main id="content"',
        "<header>",
        "<footer",
        "<nav aria-label=",
    ):
        assert page.count(piece) == 1, piece
    assert page.count("<h1>") == 1


# --- times --------------------------------------------------------------------------------------------------------


def test_a_time_is_written_in_utc_for_a_script_to_translate() -> None:
    time = datetime(2026, 3, 4, 22, 12, tzinfo=UTC)
    assert look.when(time) == (
        '<time datetime="2026-03-04T22:12:00Z" class="when">Wed 4 Mar 2026 22:12 UTC</time>'
    )
    with speaking("fr"):
        assert ">mer. 4 mars 2026 22:12 UTC<" in look.when(time)
    assert look.when(None) == look.due(None) == ""


def test_only_a_clock_that_ran_out_is_marked() -> None:
    assert 'class="due late"' in look.due(clock.now() - timedelta(seconds=1))
    assert 'class="due"' in look.due(clock.now() + timedelta(minutes=1))


# --- languages ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_language_is_chosen_on_any_page_and_stays(client: Client) -> None:
    assert "Sign in" in client.get("/accounts/login/").content.decode()
    response = client.post("/language/", {"language": "fr", "next": "/accounts/login/"})
    assert response.headers["Location"] == "/accounts/login/"
    page = client.get("/accounts/login/").content.decode()
    assert '<html lang="fr">' in page
    assert "Se connecter" in page


@pytest.mark.django_db
def test_the_browser_is_asked_which_language(client: Client) -> None:
    page = client.get("/accounts/login/", headers={"Accept-Language": "fr-BE,fr;q=0.9"}).content.decode()
    assert "Se connecter" in page


@pytest.mark.django_db
def test_choosing_a_language_leads_to_no_other_site(client: Client) -> None:
    response = client.post("/language/", {"language": "fr", "next": "https://elsewhere.example/"})
    assert response.headers["Location"] == "/"


def test_no_distance_stands_after_until_or_by() -> None:
    # "until in 9 minutes", "review by 5 hours ago": after these words the time comes first, by the filter `until`.
    wrong = re.compile(
        r'\b(?:until|by|between|jusqu\w*)"? %\}(?:\{% endif %\})?(?:</span>)? \{\{ [\w.|]+\|(?:due|since|ago)\b'
    )
    found = {
        f"{file.name}: {match[0]}" for file in TEMPLATES for match in wrong.finditer(file.read_text("utf-8"))
    }
    assert found == set()
    assert wrong.search('{% translate "In force until" %} {{ mandate.ends|due }}')


def test_a_time_until_when_something_lasts_is_said_before_how_long_that_is() -> None:
    soon, gone = clock.now() + timedelta(minutes=9), clock.now() - timedelta(minutes=9)
    assert re.fullmatch(
        r'<span class="due"><time datetime="[^"]+" class="when">[^<]+ UTC</time></span>', look.until(soon)
    )
    assert look.until(gone).startswith('<span class="due late">')
    assert look.until(None) == ""
    assert 'class="when plain"' in look.at(soon)


def test_an_address_that_only_takes_a_form_says_so(as_administrator: Client) -> None:
    page = as_administrator.get("/api/webhooks/add/", headers={"accept": "text/html"})
    assert page.status_code == 405
    assert page["Allow"] == "POST"
    assert "Only a form leads here" in page.content.decode()
    assert as_administrator.get("/api/webhooks/add/").content == b""


def test_choosing_a_language_after_a_refused_form_leads_back_to_the_form(as_administrator: Client) -> None:
    came_from = {"referer": "http://testserver/api/webhooks/?page=2"}
    page = as_administrator.post("/api/webhooks/add/", {"name": "", "address": ""}, headers=came_from)
    assert page.status_code == 422
    assert 'name="next" value="/api/webhooks/?page=2"' in page.content.decode()


def test_a_browser_that_is_not_signed_in_is_led_from_the_webhooks_to_the_sign_in(client: Client) -> None:
    led = client.get("/api/webhooks/", headers={"accept": "text/html,*/*;q=0.8"})
    assert led["Location"] == "/accounts/login/?next=%2Fapi%2Fwebhooks%2F"
    assert client.get("/api/webhooks/").json()["why"] == "Sign in first."
