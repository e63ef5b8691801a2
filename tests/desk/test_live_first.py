"""The first administrator: by a link that is printed, works once and for a day, and by nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from lapwing.desk.accounts.models import Person
from lapwing.desk.audit.entry import Entry
from lapwing.desk.live import first

pytestmark = pytest.mark.django_db


def link() -> str:
    return f"/live/first/{first.key()}/"


def test_the_link_makes_an_administrator_and_shows_the_password_once(client: Client) -> None:
    address = link()
    assert "The first administrator" in client.get(address).content.decode()
    made = client.post(address, {"name": "Admin"})
    person = Person.objects.get()
    assert (person.username, person.roles) == ("admin", ["administrator"])
    password = re.search(r"<code[^>]*>([a-z0-9-]+)</code>", made.content.decode())
    assert password is not None
    assert person.check_password(password[1])
    assert "no-store" in made["Cache-Control"]
    assert Entry.objects.filter(action="person.add", by=None).count() == 1


def test_the_link_works_once(client: Client) -> None:
    address = link()
    client.post(address, {"name": "admin"})
    used = client.get(address)
    assert used.status_code == 404
    assert "it was used, has run out, or was not copied whole" in used.content.decode()
    assert "start the desk again on its machine: it prints a new link" in used.content.decode()
    assert "Nothing is here" not in used.content.decode()
    assert client.post(address, {"name": "another"}).status_code == 404
    assert Person.objects.count() == 1


def test_where_somebody_has_an_account_there_is_no_such_link(client: Client, analyst: Person) -> None:
    assert not first.wanted()
    assert client.get(link()).status_code == 404


def test_a_link_that_was_made_up_or_is_older_than_a_day_leads_nowhere(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = link()
    assert client.get("/live/first/made-up:by:somebody/").status_code == 404
    monkeypatch.setattr(first, "LASTS", -1)
    assert client.get(address).status_code == 404


def test_a_link_that_opens_nothing_does_not_say_whether_anybody_has_an_account(client: Client) -> None:
    made_up, address = "/live/first/made-up:by:somebody/", link()
    said = [_main(client.get(made_up).content.decode())]
    client.post(address, {"name": "admin"})
    said += [_main(client.get(each).content.decode()) for each in (made_up, address)]
    assert len(set(said)) == 1


def _main(page: str) -> str:
    return page[page.index("<main") : page.index("</main>")]


@pytest.mark.parametrize("name", ["", "<b>", "9lives", "a\x00b", "x" * 65])
def test_a_name_that_is_none_is_refused(client: Client, name: str) -> None:
    assert client.post(link(), {"name": name}).status_code == 422
    assert not Person.objects.exists()


def started(home: Path, *more: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`lapwing desk` until it says something."""
    base = {name: value for name, value in os.environ.items() if not name.startswith(("LAPWING_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-m", "lapwing.cli", "desk", "--home", str(home), *more],
        env=base | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_without_a_seal_key_the_desk_does_not_start_and_says_how_to_make_one(tmp_path: Path) -> None:
    ran = started(tmp_path / "home")
    assert ran.returncode == 2
    assert ran.stderr.startswith("lapwing: There is no seal key: none of LAPWING_SEAL_KEY_FILE")
    assert "Make one with" in ran.stderr


def test_an_address_without_encryption_is_refused(tmp_path: Path) -> None:
    ran = started(tmp_path / "home", LAPWING_URL="http://desk.example.org")
    assert ran.returncode == 2
    assert "passwords and sessions can be read on the way" in ran.stderr


def test_without_the_parts_of_the_desk_the_command_says_what_to_install(tmp_path: Path) -> None:
    code = """if True:
        import sys
        class Missing:
            def find_spec(self, name, path=None, target=None):
                if name == "django":
                    raise ModuleNotFoundError("No module named 'django'", name="django")
        sys.meta_path.insert(0, Missing())
        from lapwing.cli import run
        sys.exit(run(["desk", "--home", sys.argv[1]]))
    """
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 2
    assert ran.stderr == (
        "lapwing: The desk is not installed: there is no django.\nInstall it with: pip install 'lapwing[desk]'\n"
    )
