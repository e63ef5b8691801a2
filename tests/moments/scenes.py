"""Scenes made from a few acts, and strategies that make such acts."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from lapwing.evidence.touches import Touches, new_background, new_touches
from lapwing.evidence.whom import DAY
from lapwing.moments import hits as linking
from lapwing.moments.naming import member_bits
from lapwing.moments.scene import Scene

SUBJECTS, START = 12, 16_000 * DAY
HOUR = DAY // 24


def scene_of(acts: list[tuple[int, int, int]], chance: float) -> Scene:
    """A scene at the end of acts ``(hours, subject, context)`` in order, repeats left out."""
    found, length = new_touches(len(acts) + 1), 0
    last_of: dict[int, int] = {}
    last_own = np.full(SUBJECTS, -1, np.int64)
    seen: set[tuple[int, int]] = set()
    for hours, who, context in acts:
        if (who, context) in seen:
            continue
        seen.add((who, context))
        found.time[length], found.subject[length], found.context[length] = START + hours * HOUR, who, context
        found.chance[length], found.act[length], found.rows[length] = chance, length, 1
        found.previous[length] = length - last_of.get(context, length)
        found.own[length] = length - last_own[who] if last_own[who] >= 0 else 0
        last_of[context] = last_own[who] = length
        length += 1
    hits, habits = linking.new_hits(SUBJECTS), linking.new_habits(SUBJECTS)
    linking.find_hits(hits, habits, found, 0, 0, length, np.ones(SUBJECTS, np.bool_))
    return Scene(
        now=START + (acts[-1][0] + 1) * HOUR, since=START + DAY, found=Touches(*found), base=0, length=length,
        background=new_background(), last_own=last_own, hits=hits, habits=habits,
        costs=member_bits(np.ones(SUBJECTS)), gain=np.zeros(SUBJECTS), listed=np.zeros(SUBJECTS, np.int32),
        inside=np.zeros(SUBJECTS, np.int32),
    )  # fmt: skip


ACTS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, SUBJECTS - 1), st.integers(1, 6)), min_size=4, max_size=50
)


@st.composite
def streams(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    hours, acts = 0, []
    for wait, who, context in draw(ACTS):
        hours += wait
        acts.append((hours, who, context))
    return acts


GROUP = st.sets(st.integers(0, SUBJECTS - 1), min_size=2, max_size=5)
