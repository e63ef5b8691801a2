"""How the desk starts, and when it refuses to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lapwing.desk.project import home
from lapwing.desk.project.deployment import VARIABLES, Deployment, DeploymentError
from lapwing.desk.project.home import UnsafeHomeError

# --- the data folder --------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    chosen = tmp_path / "data"
    monkeypatch.setenv(home.ENVIRONMENT, str(chosen))
    return chosen


def test_the_first_start_makes_a_key_that_only_its_owner_reads(folder: Path) -> None:
    assert home.secret_key() == ""
    home.prepare()
    assert (folder / "secret-key").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len(home.secret_key()) >= 64


def test_the_second_start_keeps_it(folder: Path) -> None:
    home.prepare()
    first = home.secret_key()
    home.prepare()
    assert home.secret_key() == first


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o606])
def test_a_key_that_others_can_read_stops_the_start(folder: Path, mode: int) -> None:
    home.prepare()
    (folder / "secret-key").chmod(mode)
    with pytest.raises(UnsafeHomeError, match=r"can be read by others .* delete it, so that the next start"):
        home.prepare()


def test_a_folder_that_others_can_read_stops_the_start(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o755)
    with pytest.raises(UnsafeHomeError, match=f"run chmod 700 {folder}, and start again"):
        home.prepare()


def test_a_key_that_is_none_stops_the_start(folder: Path) -> None:
    home.prepare()
    (folder / "secret-key").write_text("changeme\n", "ascii")
    with pytest.raises(UnsafeHomeError, match="holds 8 characters, not a key"):
        home.prepare()


def test_a_folder_that_cannot_be_made_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("", "ascii")
    monkeypatch.setenv(home.ENVIRONMENT, str(tmp_path / "file" / "data"))
    with pytest.raises(UnsafeHomeError, match="Choose another with --home or LAPWING_HOME"):
        home.prepare()


def test_without_a_choice_it_is_where_programs_keep_their_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(home.ENVIRONMENT)
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert home.folder() == Path("/data/lapwing")


# --- what a deployment says of itself ---------------------------------------------------------------------------


def test_without_a_word_the_desk_serves_this_machine_only() -> None:
    deployment = Deployment.read({})
    assert (deployment.url, deployment.host, deployment.encrypted) == (
        "http://localhost:8000",
        "localhost",
        False,
    )
    assert (deployment.demo, deployment.database, deployment.provider) == (False, "", None)


def test_an_address_for_others_is_encrypted() -> None:
    deployment = Deployment.read({"LAPWING_URL": "https://desk.example.org/"})
    assert (deployment.host, deployment.encrypted) == ("desk.example.org", True)


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"LAPWING_URL": "desk.example.org"}, "give the address people open"),
        ({"LAPWING_URL": "https://desk.example.org/lapwing"}, "give the address people open"),
        ({"LAPWING_URL": "http://desk.example.org"}, "can be read on the way. Put a server in front"),
        ({"LAPWING_DEMO": "yes"}, "it is 1 in a demonstration"),
        ({"LAPWING_DEMO": "1", "LAPWING_URL": "https://desk.example.org"}, "Take one of the two away"),
        (
            {"LAPWING_OIDC_ISSUER": "https://login.example.org"},
            "but not LAPWING_OIDC_CLIENT, LAPWING_OIDC_SECRET",
        ),
    ],
)
def test_what_cannot_be_meant_stops_the_start(environment: dict[str, str], says: str) -> None:
    with pytest.raises(DeploymentError, match=says):
        Deployment.read(environment)


def provider(secret: Path, issuer: str = "https://login.example.org/") -> dict[str, str]:
    return {
        "LAPWING_OIDC_ISSUER": issuer,
        "LAPWING_OIDC_CLIENT": "lapwing",
        "LAPWING_OIDC_SECRET_FILE": str(secret),
    }


def test_a_provider_is_known_by_its_address_and_a_secret_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("what only the provider knows\n", "utf-8")
    file.chmod(0o600)
    found = Deployment.read(provider(file)).provider
    assert found is not None
    assert (found.issuer, found.secret) == ("https://login.example.org", "what only the provider knows")


def test_a_provider_without_encryption_or_with_an_open_secret_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    with pytest.raises(DeploymentError, match="trusted over https:// only"):
        Deployment.read(provider(file, "http://login.example.org"))
    with pytest.raises(DeploymentError, match="cannot be read"):
        Deployment.read(provider(file))
    file.write_text("", "utf-8")
    file.chmod(0o644)
    with pytest.raises(DeploymentError, match="run chmod 600"):
        Deployment.read(provider(file))
    file.chmod(0o600)
    with pytest.raises(DeploymentError, match="is empty"):
        Deployment.read(provider(file))


def test_every_variable_is_documented() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "sign-in.md").read_text(
        encoding="utf-8"
    )
    assert not [name for name in VARIABLES if f"`{name}`" not in page]


# --- settings of a deployment that others reach -------------------------------------------------------------------


def test_behind_https_nothing_travels_in_the_clear(tmp_path: Path) -> None:
    code = (
        "from lapwing.desk.project.start import start; start()\n"
        "from django.conf import settings as s\n"
        "from django.core.checks import run_checks\n"
        "assert s.SESSION_COOKIE_SECURE and s.CSRF_COOKIE_SECURE and s.LANGUAGE_COOKIE_SECURE\n"
        "assert s.SECURE_SSL_REDIRECT and s.SECURE_HSTS_SECONDS and not s.DEBUG\n"
        "assert not s.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN\n"
        "from django.db import connection; connection.ensure_connection()\n"
        "if connection.vendor == 'sqlite':\n"
        "    assert s.DATABASES['default']['NAME'].stat().st_mode & 0o777 == 0o600\n"
        "found = [c.id for c in run_checks(include_deployment_checks=True) if c.level >= 30]\n"
        "print(*found)\n"
    )
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("LAPWING_", "DJANGO_"))},
        "LAPWING_HOME": str(tmp_path / "data"),
        "LAPWING_URL": "https://desk.example.org",
        "LAPWING_SEAL_KEY": os.environ["LAPWING_SEAL_KEY"],
    }
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    # Subdomains and preload lists are the whole organisation's to decide, and not this desk's.
    assert set(ran.stdout.split()) <= {"security.W005", "security.W021"}, ran.stdout
    assert ran.returncode == 0, ran.stderr
