"""What wrote a state: the version, and the state of the files that decide what stands in one.

Between two releases the version stays while the state changes, and one that is read as another would not be noticed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from lapwing import __version__

ROOMS = ("events", "evidence", "moments", "watch")
KINDS = ("*.py", "*.yaml")
"""Programs, the vocabulary and the ladders."""


def _fingerprint() -> str:
    package = Path(__file__).parent.parent
    state = hashlib.sha256()
    for file in sorted(file for room in ROOMS for kind in KINDS for file in (package / room).rglob(kind)):
        state.update(file.relative_to(package).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return state.hexdigest()[:8]


BUILD = f"{__version__}+{_fingerprint()}"
