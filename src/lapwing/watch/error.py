"""What can keep a watch from beginning or going on. Each message says what, where, and what to do next."""

from __future__ import annotations


class WatchError(Exception):
    """A watch that cannot begin or go on."""


class SettingError(WatchError):
    """Something that was asked for cannot be understood; nothing was read or written."""


class StateError(WatchError):
    """The folder's state is not one that this command can go on from; nothing was changed."""


class OutputError(WatchError):
    """The folder cannot be written; what it held at the last snapshot is still there."""
