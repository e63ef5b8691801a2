"""Snapshots: everything a watch needs to go on, as one file of named arrays, in two generations."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lapwing.moments.named_arrays import part_of
from lapwing.watch.error import StateError

Arrays = Mapping[str, NDArray[Any]]

GENERATIONS = 2
"""So many snapshots are kept: should the newest be damaged, the one before it serves."""


def write_snapshot(folder: Path, arrays: Arrays) -> None:
    """Add a snapshot to ``folder`` and remove the oldest. The file appears whole, and on disk, or not at all.

    Raises ``OSError``; the snapshots there were are then untouched.
    """
    numbers = _numbers(folder)
    path = _path(folder, numbers[-1] + 1 if numbers else 1)
    unfinished = path.with_suffix(".unfinished")
    try:
        with unfinished.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    sync_folder(folder)
    for number in numbers[: 1 - GENERATIONS]:
        _path(folder, number).unlink(missing_ok=True)


def read_snapshot(folder: Path) -> dict[str, NDArray[Any]] | None:
    """The newest snapshot of ``folder`` that is whole; None when there is none at all.

    Raises :class:`StateError` when there are some and none can be read.
    """
    for left_over in folder.glob("*.unfinished"):
        left_over.unlink()
    numbers = _numbers(folder)
    for number in reversed(numbers):
        try:
            with np.load(_path(folder, number), allow_pickle=False) as file:
                return {name: file[name] for name in file.files}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            reason = error
    if not numbers:
        return None
    raise StateError(
        f"The state in {folder} cannot be read: {reason}.\n"
        "Bring the folder back from a backup, or name a new one and read all events again."
    )


def has_snapshot(folder: Path) -> bool:
    """Whether a snapshot was ever written there."""
    return bool(_numbers(folder))


def sync_folder(folder: Path) -> None:
    """Have the names of new files on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _path(folder: Path, number: int) -> Path:
    return folder / f"snapshot-{number:08d}.npz"


def _numbers(folder: Path) -> list[int]:
    return sorted(int(file.stem.removeprefix("snapshot-")) for file in folder.glob("snapshot-*.npz"))


_ENGINE = "engine."


def with_engine(
    arrays: Mapping[str, NDArray[Any]], state: Mapping[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """The arrays of a snapshot with those of the engine's state among them; see :func:`of_engine`."""
    return {**arrays, **{_ENGINE + name: array for name, array in state.items()}}


def of_engine(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The engine's state in the arrays of a snapshot."""
    return part_of(arrays, _ENGINE)
