"""Co-sharing: cosine of the TF-IDF vectors of two subjects (scikit-learn), looked at anew at the end of every day.

With `--hourly`, what counts is a context within one hour of the clock, else a context at any time. As is usual,
subjects with fewer than ten different contexts are left out, and contexts that one subject alone or more than
a hundred touched.
"""

from __future__ import annotations

import sys

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfTransformer
from stream import DAY, HOUR, PAIRS, asked, highest, read_events, write_signals

FEWEST, MOST = 2, 100
CONTEXTS = 10
BLOCK = 2_000
LOWEST = 0.1


def similar(subject: np.ndarray, token: np.ndarray, subjects: int) -> tuple[np.ndarray, ...]:
    """Pairs and their cosine."""
    _, token = np.unique(token, return_inverse=True)
    counts = sparse.csr_matrix((np.ones(len(token)), (subject, token)), shape=(subjects, token.max() + 1))
    counts.data[:] = 1.0
    shared = np.asarray(counts.sum(axis=0)).ravel()
    counts = counts[:, (shared >= FEWEST) & (shared <= MOST)]
    who = np.flatnonzero(np.diff(counts.indptr) >= CONTEXTS)
    if not len(who):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    vectors = TfidfTransformer().fit_transform(counts[who]).tocsr()
    parts = []
    for start in range(0, len(who), BLOCK):
        cosine = (vectors[start : start + BLOCK] @ vectors.T).tocoo()
        row = cosine.row + start
        above = (row < cosine.col) & (cosine.data >= LOWEST)
        parts.append((who[row[above]], who[cosine.col[above]], cosine.data[above]))
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


if __name__ == "__main__":
    hourly = "--hourly" in sys.argv
    sys.argv = [word for word in sys.argv if word != "--hourly"]
    arguments = asked(__doc__)
    events = read_events(arguments.events)
    found = []
    for day in range(1, int(events.time[-1] // DAY) + 2):
        upto = np.searchsorted(events.time, day * DAY)
        token = events.context[:upto]
        if hourly:
            token = token * 100_000 + events.time[:upto] // HOUR
        first, second, cosine = similar(events.subject[:upto], token, len(events.names))
        if len(cosine) > PAIRS:
            top = np.argpartition(cosine, -PAIRS)[-PAIRS:]
            first, second, cosine = first[top], second[top], cosine[top]
        found.append((np.full(len(cosine), day * DAY), first, second, cosine))
    time, first, second, cosine = (np.concatenate(column) for column in zip(*found, strict=True))
    kept = highest(first * len(events.names) + second, cosine)
    undated = np.full(len(kept), -1)
    write_signals(arguments.out, events, time[kept], first[kept], second[kept], cosine[kept], undated)
