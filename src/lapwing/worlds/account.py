"""Accounts end and people come back: suspension, return, and members who move on to a new account."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lapwing.worlds.activity import DAY, START


def accounts(
    time: NDArray[np.int64],
    person: NDArray[np.int32],
    hazard: NDArray[np.float64],
    comeback: NDArray[np.float64],
    days: float,
    rng: np.random.Generator,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """The account under which each act is done, -1 for acts that do not happen, each account's person, and when it
    ends (seconds since 1970; infinite if it does not).

    ``hazard`` is the chance per day that a person's account ends, ``comeback`` the chance that the person is
    back within a day under a new account; both per person. Account numbers up to the number of people are the
    first accounts; new accounts follow in the order of persons and returns.
    """
    account = person.copy()
    owners = [np.arange(len(hazard), dtype=np.int32)]
    ended = np.full(len(hazard), np.inf)
    active = np.flatnonzero(hazard > 0)
    since = np.full(len(active), float(START))
    known = len(hazard)
    present = active.astype(np.int32)
    while len(active):
        ends = since + rng.exponential(1.0, len(active)) / hazard[active] * DAY
        back = ends + rng.random(len(active)) * DAY
        returns = (rng.random(len(active)) < comeback[active]) & (back < START + days * DAY)
        end_of = np.full(len(hazard), np.inf)
        end_of[active] = ends
        ended[present] = ends
        account[time >= end_of[person]] = -1
        active, since = active[returns], back[returns]
        back_of, new = np.full(len(hazard), np.inf), np.full(len(hazard), -1, np.int32)
        back_of[active] = since
        present = np.arange(known, known + len(active), dtype=np.int32)
        new[active] = present
        again = time >= back_of[person]
        account[again] = new[person[again]]
        known += len(active)
        owners.append(active.astype(np.int32))
        ended = np.append(ended, np.full(len(active), np.inf))
    return account, np.concatenate(owners), ended
