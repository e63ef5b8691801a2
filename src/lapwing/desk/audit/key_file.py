"""The file that holds the key with which the desk signs its log."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from lapwing.desk.audit.error import AuditKeyError
from lapwing.desk.audit.note import NoteError, PrivateKey, PublicKey

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def load(file: Path) -> PrivateKey:
    """Read the key. Raises :class:`AuditKeyError` unless it is there, whole, and its owner's alone."""
    try:
        with file.open(encoding="utf-8") as opened:
            # What was opened is what is judged: the name may be given to another file in between.
            mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
            text = opened.read().strip()
    except FileNotFoundError:
        raise AuditKeyError(
            f"The audit key {file} does not exist, so the log cannot be signed. Restore it from where you keep your "
            "keys; if it is lost, `lapwing audit key` makes a new one, and the log says so."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise AuditKeyError(
            f"The audit key {file} cannot be read: {error}. It belongs to the account that the desk runs under."
        ) from None
    if mode & OTHERS:
        raise AuditKeyError(
            f"The audit key {file} can be read or changed by others on this machine (mode {mode:04o}): they could sign "
            f"a log of their own. Run chmod 600 {file}; if others work on this machine, then also move the file away "
            "and run `lapwing audit key` for a new key."
        )
    try:
        return PrivateKey.parse(text)
    except NoteError as error:
        raise AuditKeyError(
            f"The audit key {file} cannot be used: {error}. Restore it from where you keep your keys."
        ) from None


def make(file: Path, name: str) -> PrivateKey:
    """Write a new key for a log of this name, readable by its owner only.

    Raises :class:`AuditKeyError` when there is one: a key is never written over.
    """
    key = PrivateKey.new(name)
    try:
        made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise AuditKeyError(
            f"There is an audit key already, {file}. Move it away first if it is to be replaced."
        ) from None
    with os.fdopen(made, "w", encoding="utf-8") as opened:
        opened.write(key.text() + "\n")
        opened.flush()
        os.fsync(opened.fileno())
    return key


def public_keys(file: Path) -> list[PublicKey]:
    """Read public keys, one on a line. Raises :class:`AuditKeyError`."""
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
        keys = [PublicKey.parse(line.strip()) for line in lines if line.strip()]
    except OSError as error:
        raise AuditKeyError(
            f"{file} cannot be read: {error.strerror}. `lapwing audit key` shows the keys."
        ) from None
    except (UnicodeDecodeError, NoteError) as error:
        raise AuditKeyError(
            f"{file} does not hold public keys: {error}. `lapwing audit key` shows them."
        ) from None
    if not keys:
        raise AuditKeyError(f"{file} holds no public key. `lapwing audit key` shows them.")
    return keys
