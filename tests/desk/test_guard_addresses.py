"""Every address of the desk, with nobody and with somebody behind the request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, path, reverse
from django.urls.resolvers import RoutePattern

from lapwing.desk.accounts.models import Person
from lapwing.desk.accounts.role import ROLES
from lapwing.desk.audit.models import Entry
from lapwing.desk.guard import guarded, require, unguarded
from lapwing.desk.guard.middleware import UnguardedError
from lapwing.desk.guard.open import OPEN

SAMPLES = {"int": "1", "uuid": "00000000-0000-4000-8000-000000000000"}


class Address(NamedTuple):
    """One address, with something put where an address has a gap."""

    path: str
    name: str
    view: Callable[..., object]
    gaps: tuple[str, ...] = ()
    """The names of its gaps, those of the addresses it hangs under among them."""

    @property
    def open(self) -> bool:
        return hasattr(self.view, "unguarded") or self.name in OPEN


def addresses(
    resolver: URLResolver | None = None, before: str = "/", space: str = "", above: tuple[str, ...] = ()
) -> Iterator[Address]:
    for entry in (resolver or get_resolver()).url_patterns:
        gaps = {
            name: SAMPLES.get(type(kind).__name__.removesuffix("Converter").lower(), "m-0123abcd")
            for name, kind in entry.pattern.converters.items()
        }
        if isinstance(entry.pattern, RoutePattern):
            text = str(entry.pattern)
            for name, value in gaps.items():
                text = "".join(
                    value if part.endswith(f":{name}>") or part == f"<{name}>" else part
                    for part in split_gaps(text)
                )
        else:
            text = "team/"  # the one address that is written as an expression: a provider's
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from addresses(entry, before + text, inner, (*above, *gaps))
        else:
            assert isinstance(entry, URLPattern)
            yield Address(before + text, f"{space}{entry.name}", entry.callback, (*above, *gaps))


def split_gaps(text: str) -> list[str]:
    parts: list[str] = []
    for piece in text.split("<"):
        if ">" in piece:
            gap, rest = piece.split(">", 1)
            parts += [f"<{gap}>", rest]
        else:
            parts.append(piece)
    return parts


ALL = list(addresses())
GUARDED = [address for address in ALL if not address.open]


def test_the_walk_sees_the_addresses_of_every_application() -> None:
    assert {"home", "persons", "account_login", "person_close", "openid_connect_callback"} <= {
        a.name for a in ALL
    }


@pytest.mark.django_db
@pytest.mark.parametrize("address", GUARDED, ids=lambda address: address.path)
def test_nobody_gets_anything_without_signing_in(address: Address, client: Client) -> None:
    for ask in (client.get, client.post):
        response = ask(address.path)
        led = response.status_code == 302 and response.headers["Location"].startswith(
            reverse("account_login")
        )
        assert led or response.status_code >= 400, f"{address.path} answered {response.status_code}"


@pytest.mark.parametrize("role", list(ROLES))
def test_no_view_answers_without_asking_the_guard(
    role: str, everybody: dict[str, Person], client_of: Callable[[Person], Client]
) -> None:
    # The guard itself raises when an answer gets out unasked; that is what fails here.
    client = client_of(everybody[role])
    for address in GUARDED:
        client.get(address.path)


def test_every_reason_for_an_open_view_belongs_to_one() -> None:
    assert set(OPEN) - {address.name for address in ALL} <= {
        "socialaccount_login_cancelled",
        "socialaccount_login_error",
    }


# --- what the guard makes of a view -----------------------------------------------------------------------


def careless(request: HttpRequest) -> HttpResponse:
    return HttpResponse("content")


def careful(request: HttpRequest) -> HttpResponse:
    require(request.user, "person.list")
    return HttpResponse("content")


@guarded("person.list")
async def later(request: HttpRequest) -> HttpResponse:
    return HttpResponse("content")


@unguarded("a test")
def public(request: HttpRequest) -> HttpResponse:
    return HttpResponse("content")


urlpatterns = [
    path("careless/", careless),
    path("careful/", careful),
    path("later/", later),
    path("public/", public),
    *get_resolver("lapwing.desk.project.urls").url_patterns,
]


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__)
def test_what_was_not_asked_about_is_withheld(client: Client) -> None:
    with pytest.raises(UnguardedError, match="answered without asking the guard: call require"):
        client.get("/careless/")
    client.raise_request_exception = False
    response = client.get("/careless/")
    assert response.status_code == 500
    assert b"content" not in response.content.replace(b'id="content"', b"").replace(b"#content", b"")


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize("page", ["/careful/", "/later/", "/public/"])
def test_what_was_asked_about_or_is_open_gets_out(page: str, as_administrator: Client) -> None:
    assert as_administrator.get(page).content == b"content"


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize("page", ["/careful/", "/later/"])
def test_a_refusal_is_a_page_that_says_why_and_an_entry_in_the_log(page: str, as_analyst: Client) -> None:
    response = as_analyst.get(page)
    assert response.status_code == 403
    assert "This takes the role of overseer or administrator." in response.content.decode()
    assert "ask an administrator for the role" in response.content.decode()
    entry = Entry.objects.latest("number")
    assert (entry.action, entry.detail) == ("guard.refuse", {"action": "person.list"})
    assert entry.why == "This takes the role of overseer or administrator."


@override_settings(ROOT_URLCONF=__name__)
def test_a_refused_part_of_a_page_is_a_notice_on_it(as_analyst: Client) -> None:
    response = as_analyst.get("/careful/", headers={"HX-Request": "true"})
    assert (response.status_code, response.headers["HX-Retarget"]) == (403, "#notice")
    assert "<html" not in response.content.decode()


@override_settings(ROOT_URLCONF=__name__)
def test_a_program_is_refused_in_its_own_language(as_analyst: Client) -> None:
    response = as_analyst.get("/careful/", headers={"Accept": "application/json"})
    assert response.json() == {
        "why": "This takes the role of overseer or administrator.",
        "action": "person.list",
    }


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__)
def test_whoever_is_not_signed_in_is_led_to_the_sign_in_page_and_back(client: Client) -> None:
    response = client.get("/careful/?page=2")
    assert response.headers["Location"] == "/accounts/login/?next=%2Fcareful%2F%3Fpage%3D2"
    part = client.get("/careful/", headers={"HX-Request": "true", "HX-Current-URL": "/whole/"})
    assert part.headers["HX-Redirect"] == "/accounts/login/?next=%2Fwhole%2F"
    assert client.get("/careful/", headers={"Accept": "application/json"}).status_code == 401


def test_the_log_names_a_thing_as_it_names_itself(rf: RequestFactory, analyst: Person) -> None:
    from lapwing.desk.guard.ask import about

    class Thing:
        about = "moment:m-3f"

    assert about(Thing()) == "moment:m-3f"
    assert about(None) == ""
    assert about(analyst) == f"person:{analyst.pseudonym}"
