"""The data folder: where it is, and the secret key in it.

Reading never writes: `prepare` makes what is missing and is called once, when the desk starts.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

ENVIRONMENT = "LAPWING_HOME"

OTHERS = stat.S_IRWXG | stat.S_IRWXO


class UnsafeHomeError(Exception):
    """The data folder is not as it must be for the desk to start; the message says what to do."""


def folder() -> Path:
    """The data folder: `LAPWING_HOME`, or `lapwing` where this user's programs keep their data."""
    chosen = os.environ.get(ENVIRONMENT)
    return Path(chosen).absolute() if chosen else of_user("lapwing")


def of_user(name: str) -> Path:
    """The folder of this name where this user's programs keep their data."""
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / name


def secret_key() -> str:
    """The key that signs sessions and forms; empty before the first start, and Django then signs nothing.

    Raises
    ------
    UnsafeHomeError
        When others than its owner can read it, or it holds too little.
    """
    file = folder() / "secret-key"
    try:
        with file.open(encoding="ascii") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            key = opened.read().strip()
    except FileNotFoundError:
        return ""
    if mode & OTHERS:
        raise UnsafeHomeError(
            f"{file} can be read by others than its owner (mode {stat.S_IMODE(mode):04o}). Whoever has read it can"
            f" sign in as anybody: delete it, so that the next start makes a new one and everybody signs in again."
            f" Authenticator apps are set up again then, and an administrator without a security key comes in again"
            f" with `lapwing admit`."
        )
    if len(key) < 50:
        raise UnsafeHomeError(f"{file} holds {len(key)} characters, not a key: delete it, and start again.")
    return key


def prepare() -> None:
    """Make the data folder and the secret key if they are not there; only their owner can read them.

    Raises
    ------
    UnsafeHomeError
        When the folder cannot be made, or others can read it.
    """
    home = folder()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = home.stat().st_mode
    except OSError as error:
        raise UnsafeHomeError(
            f"the data folder {home} cannot be made: {error.strerror}. Choose another with --home or {ENVIRONMENT}."
        ) from error
    if mode & OTHERS:
        raise UnsafeHomeError(
            f"the data folder {home} can be read by others than its owner (mode {stat.S_IMODE(mode):04o}): "
            f"run chmod 700 {home}, and start again."
        )
    try:
        made = os.open(home / "secret-key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        secret_key()
        return
    with os.fdopen(made, "w", encoding="ascii") as opened:
        opened.write(secrets.token_urlsafe(64) + "\n")
