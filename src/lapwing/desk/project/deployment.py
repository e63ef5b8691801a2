"""What a deployment says about itself in the environment, read once and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")

VARIABLES = {
    "LAPWING_HOME": "the data folder",
    "LAPWING_URL": "the address people open, such as https://desk.example.org",
    "LAPWING_DEMO": "1 in a demonstration with made-up data: no second factor is asked for",
    "LAPWING_OIDC_ISSUER": "the address of an OpenID Connect provider, to sign in with it",
    "LAPWING_OIDC_CLIENT": "the client id that the provider knows the desk by",
    "LAPWING_OIDC_SECRET_FILE": "a file with the client secret, readable by its owner only",
    "DATABASE_URL": "a PostgreSQL database, instead of SQLite in the data folder",
}
"""Every variable that is read, and what it says."""


class DeploymentError(Exception):
    """A variable says something the desk cannot start with; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID Connect provider."""

    issuer: str
    client: str
    secret: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where the desk is reached, with what it stores, and how people sign in."""

    url: str
    host: str
    encrypted: bool
    """Whether browsers reach it by HTTPS."""
    demo: bool
    database: str
    """A database URL, or empty for SQLite in the data folder."""
    provider: Provider | None

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Deployment:
        """Read and check the variables.

        Raises
        ------
        DeploymentError
            When one of them is wrong or missing.
        """
        url = environment.get("LAPWING_URL", "http://localhost:8000").rstrip("/")
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
            raise DeploymentError(
                f"LAPWING_URL is {url!r}; give the address people open, such as https://desk.example.org"
            )
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        if parts.scheme == "http" and host not in LOOPBACK:
            raise DeploymentError(
                f"LAPWING_URL is {url!r}: without encryption, passwords and sessions can be read on the way. Put a"
                " server in front that speaks HTTPS, and give its https:// address."
            )
        demo = environment.get("LAPWING_DEMO", "")
        if demo not in ("", "0", "1"):
            raise DeploymentError(
                f"LAPWING_DEMO is {demo!r}; it is 1 in a demonstration, and otherwise not set"
            )
        if demo == "1" and host not in LOOPBACK:
            raise DeploymentError(
                f"LAPWING_DEMO is set and LAPWING_URL is {url!r}: a demonstration has known passwords and runs on"
                " this machine only. Take one of the two away."
            )
        return cls(
            url=url,
            host=host,
            encrypted=parts.scheme == "https",
            demo=demo == "1",
            database=environment.get("DATABASE_URL", ""),
            provider=_provider(environment),
        )


def _provider(environment: Mapping[str, str]) -> Provider | None:
    names = ("LAPWING_OIDC_ISSUER", "LAPWING_OIDC_CLIENT", "LAPWING_OIDC_SECRET_FILE")
    given = [name for name in names if environment.get(name)]
    if not given:
        return None
    if len(given) < len(names):
        missing = ", ".join(name for name in names if name not in given)
        raise DeploymentError(
            f"{given[0]} is set, but not {missing}; signing in with a provider takes all three"
        )
    issuer = environment[names[0]].rstrip("/")
    if not issuer.startswith("https://"):
        raise DeploymentError(f"LAPWING_OIDC_ISSUER is {issuer!r}; a provider is trusted over https:// only")
    file = Path(environment[names[2]])
    try:
        with file.open(encoding="utf-8") as opened:
            secret = opened.read().strip()
        mode = file.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        raise DeploymentError(f"LAPWING_OIDC_SECRET_FILE {file} cannot be read: {error}") from error
    if mode & 0o077:
        raise DeploymentError(f"LAPWING_OIDC_SECRET_FILE {file} can be read by others: run chmod 600 {file}")
    if not secret:
        raise DeploymentError(f"LAPWING_OIDC_SECRET_FILE {file} is empty; write the client secret into it")
    return Provider(issuer, environment[names[1]], secret)
