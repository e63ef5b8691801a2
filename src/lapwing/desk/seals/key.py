"""The key that all seals hang on: where it comes from, what it must look like, and how a new one is made.

A seal key is text: one key on a line, ``id:base64`` with 32 bytes each. New envelopes are wrapped with the key on
the first line; the further lines are older keys that some envelope may still need. It comes from exactly one
of a file (``LAPWING_SEAL_KEY_FILE``), the environment (``LAPWING_SEAL_KEY``) or a command that prints it
(``LAPWING_SEAL_KEY_COMMAND``, for vaults and hardware). A desk without one, or with one that others on the
machine can read, does not start.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import shlex
import stat
import subprocess
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path

from lapwing.desk.seals.envelope import KEY_BYTES
from lapwing.desk.seals.error import SealKeyError

FILE, TEXT, COMMAND = "LAPWING_SEAL_KEY_FILE", "LAPWING_SEAL_KEY", "LAPWING_SEAL_KEY_COMMAND"
OF_DEMONSTRATION = "seal-key"
"""The file in its own folder in which a demonstration keeps the key that it makes."""
COMMAND_SECONDS = 10

_ID = re.compile(r"[A-Za-z0-9._-]{1,32}")
_MAKE_ONE = "Make one with: lapwing seals key FILE NAME"


@dataclass(frozen=True, slots=True, repr=False)
class SealKey:
    """The current key-encryption key and the older ones. Its ``repr`` shows ids only."""

    current: str
    """The id of the key that new envelopes are wrapped with."""
    keys: Mapping[str, bytes]
    """All keys by id, 32 bytes each."""

    def __repr__(self) -> str:
        return f"SealKey(current={self.current!r}, ids={sorted(self.keys)})"


def load(environment: Mapping[str, str]) -> SealKey:
    """The seal key that ``environment`` names; raises :class:`SealKeyError` when there is none that is safe."""
    named = [name for name in (FILE, TEXT, COMMAND) if environment.get(name)]
    if not named:
        raise SealKeyError(
            f"There is no seal key: none of {FILE}, {TEXT} and {COMMAND} is set.\n"
            f"Handles cannot be sealed without it, so the desk does not start. {_MAKE_ONE}"
        )
    if len(named) > 1:
        raise SealKeyError(
            f"It is not clear which seal key counts: {' and '.join(named)} are both set.\nUnset all but one."
        )
    value = environment[named[0]]
    if named[0] == FILE:
        return parse(_read(Path(value)), value)
    if named[0] == COMMAND:
        return parse(_run(value), f"the output of {COMMAND}")
    return parse(value, TEXT)


def for_demonstration(folder: Path, environment: MutableMapping[str, str]) -> None:
    """Give a demonstration a seal key in its own folder, where its data is, unless the environment names one.

    A desk in earnest never makes its key by itself: where that key is kept, apart from the data, is for a person
    to say, and a new key in the place of a lost one would hide that nothing opens any more.
    """
    if any(environment.get(name) for name in (FILE, TEXT, COMMAND)):
        return
    path = folder / OF_DEMONSTRATION
    if not path.exists():
        make(path, "demo")
    environment[FILE] = str(path)


def parse(text: str, where: str) -> SealKey:
    """The seal key written in ``text``; ``where`` names its origin in errors, which never quote the key."""
    keys: dict[str, bytes] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        key_id, colon, encoded = line.strip().partition(":")
        if not colon or not _ID.fullmatch(key_id):
            raise SealKeyError(
                f"{where}, line {number}: not a key of the form id:base64.\n"
                "The id is up to 32 letters, digits, dots, dashes and underscores. " + _MAKE_ONE
            )
        if key_id in keys:
            raise SealKeyError(
                f"{where}, line {number}: the key id {key_id!r} stands twice.\n"
                "Every key needs an id of its own, or it is not clear which one opens a seal."
            )
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if len(key) != KEY_BYTES:
            raise SealKeyError(
                f"{where}, line {number}: the key {key_id!r} is not {KEY_BYTES} bytes in base64.\n"
                + _MAKE_ONE
            )
        if len(set(key)) < KEY_BYTES // 4:
            raise SealKeyError(f"{where}, line {number}: the key {key_id!r} is not random.\n" + _MAKE_ONE)
        keys[key_id] = key
    if not keys:
        raise SealKeyError(f"{where} holds no key.\n" + _MAKE_ONE)
    return SealKey(next(iter(keys)), keys)


def make(path: Path, key_id: str) -> SealKey:
    """Write a new random key into ``path``, above the keys that are there, so that it becomes the current one.

    The file is made readable by its owner only, and replaced as a whole. Raises :class:`SealKeyError` when the
    id is taken or is none, and when an existing file is not safe.
    """
    older = _read(path) if path.exists() else ""
    text = f"{key_id}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}\n{older}"
    key = parse(text, str(path))
    new = path.with_name(path.name + ".new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    return key


def _read(path: Path) -> str:
    try:
        with path.open(encoding="ascii") as file:
            # What was opened is what is judged: the name may be given to another file in between.
            status = os.fstat(file.fileno())
            if stat.S_ISREG(status.st_mode) and status.st_mode & (stat.S_IRWXO | stat.S_IWGRP):
                raise SealKeyError(
                    f"The seal key file {path} can be read or changed by others on this machine"
                    f" (mode {stat.S_IMODE(status.st_mode):04o}).\n"
                    f"Whoever read it can open every seal of a stolen database. Correct it with: chmod 600 {path}\n"
                    "If others work on this machine, take a new key as well."
                )
            return file.read()
    except FileNotFoundError:
        raise SealKeyError(
            f"The seal key file {path} does not exist.\n"
            f"If this desk has sealed anything before, restore the file: without it no seal opens. {_MAKE_ONE}"
        ) from None
    except UnicodeDecodeError:
        raise SealKeyError(f"The seal key file {path} is not plain text.\n" + _MAKE_ONE) from None
    except OSError as error:
        raise SealKeyError(
            f"The seal key file {path} cannot be read: {error.strerror}.\n"
            "It must be readable by the account that the desk runs under, and by nobody else."
        ) from None


def _run(command: str) -> str:
    try:
        ran = subprocess.run(  # noqa: S603 - whoever sets the environment runs the desk
            shlex.split(command), capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise SealKeyError(
            f"{COMMAND} did not answer within {COMMAND_SECONDS} seconds.\n"
            "It must print the key and end, without asking anything."
        ) from None
    except (OSError, ValueError) as error:
        raise SealKeyError(
            f"{COMMAND} cannot be run: {error}.\nIt must be a program with its arguments, not a shell line."
        ) from None
    if ran.returncode:
        raise SealKeyError(
            f"{COMMAND} ended with status {ran.returncode}: {ran.stderr.strip()[:200] or 'it said nothing'}.\n"
            "Run it by hand under the account of the desk to see why."
        )
    return ran.stdout
