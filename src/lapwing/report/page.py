"""`report.html`: one file with everything a reader needs, and nothing from anywhere else."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from markupsafe import Markup

from lapwing.moments.exhibit import Exhibit
from lapwing.moments.run_record import RunRecord
from lapwing.report import words
from lapwing.report.environment import environment, source
from lapwing.report.gist import gist
from lapwing.report.moment_view import FULL, Caps, MomentView, moment_view
from lapwing.report.run_folder import KnownMoment, read_exhibits, read_moments, read_run
from lapwing.report.sentence import title

REPORT = "report.html"
FULL_MOST = 200
"""So many moments are shown in full; the others have a line each."""
LINES_MOST = 2_000
_ROOM = Caps(acts=5_000, besides=6_000, members=4_000, ties=8_000)
"""What all moments of a report may show together: some 8 MB if all of it is used."""
_LEAST = Caps(acts=20, besides=20, members=16, ties=10)
"""What a moment may show however many moments there are."""


def write_report(folder: str | Path) -> Path:
    """Write `report.html` into the folder that `lapwing watch` filled, and return its path.

    The file depends on the folder's contents only: the same contents give the same bytes. It appears whole
    or not at all. Raises :class:`lapwing.report.run_folder.RunFolderError` when a file of the folder is
    absent or damaged, ``OSError`` when the report cannot be written.
    """
    folder = Path(folder)
    run = read_run(folder)
    moments = read_moments(folder)
    exhibits = read_exhibits(folder, {known.now.id for known in moments[:FULL_MOST]})
    page = report(moments, exhibits, run)
    path, unfinished = folder / REPORT, folder / f".{REPORT}.unfinished"
    try:
        unfinished.write_text(page, encoding="utf-8")
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def report(moments: Sequence[KnownMoment], exhibits: Mapping[str, Exhibit], run: RunRecord) -> str:
    """The page as text. ``moments`` in the order in which they are to stand."""
    full, rest = moments[:FULL_MOST], moments[FULL_MOST : FULL_MOST + LINES_MOST]
    views = _views(full, exhibits, run)
    entry = environment().get_template("moment_entry.html")
    style = Markup(source("lapwing.css") + source("page.css"))  # noqa: S704
    script = Markup(source("lighting.js") + source("page.js"))  # noqa: S704
    return (
        environment()
        .get_template("page.html")
        .render(
            run=run,
            entries=[Markup(entry.render(view=view, alone=len(views) == 1)) for view in views],  # noqa: S704
            rest=[
                (known.now, title(gist(known.now, None)), words.once_in(known.now.once_in_days))
                for known in rest
            ],
            unlisted=len(moments) - len(full) - len(rest),
            counts={status: sum(known.now.status == status for known in moments) for status in _STATUSES},
            raised=len(moments),
            style=style,
            script=script,
            style_hash=_hash(style),
            script_hash=_hash(script),
        )
    )


_STATUSES = ("open", "fading", "closed")


def _views(
    moments: Sequence[KnownMoment], exhibits: Mapping[str, Exhibit], run: RunRecord
) -> tuple[MomentView, ...]:
    shown = [exhibits.get(known.now.id) for known in moments]
    acts = [len(known.now.ledger) for known in moments]
    members = [len(known.now.subjects) for known in moments]
    ties = [len(exhibit.ties_after) if exhibit is not None else 0 for exhibit in shown]
    lanes = [len(exhibit.lanes) if exhibit is not None else 0 for exhibit in shown]
    caps = Caps(
        acts=max(_LEAST.acts, min(FULL.acts, water_level(acts, _ROOM.acts))),
        besides=max(_LEAST.besides, min(FULL.besides, water_level(lanes, _ROOM.besides))),
        members=max(_LEAST.members, min(FULL.members, water_level(members, _ROOM.members))),
        ties=max(_LEAST.ties, min(FULL.ties, water_level(ties, _ROOM.ties))),
    )
    return tuple(
        moment_view(known.now, exhibit, as_raised=known.as_raised, last=run.read.last, caps=caps)
        for known, exhibit in zip(moments, shown, strict=True)
    )


def water_level(sizes: Sequence[int], room: int) -> int:
    """The largest cap under which the sizes together fit into the room.

    >>> water_level([10, 10, 1000], 100), water_level([10, 20], 100)
    (80, 20)
    """
    rest, left = room, len(sizes)
    for size in sorted(sizes):
        if size * left > rest:
            return rest // left
        rest -= size
        left -= 1
    return max(sizes, default=0)


def _hash(text: str) -> str:
    """The hash by which the content security policy knows an inline style or script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
