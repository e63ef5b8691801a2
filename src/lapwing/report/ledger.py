"""The ledger of a moment as rows to read: act by act, with the running sum of the bits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lapwing.moments.moment import Act, Bits, Moment
from lapwing.report.language import say


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One act of the ledger."""

    at: int
    """Its place in the ledger, from 0."""
    act: Act
    number: int
    """The member's number in the timeline."""
    with_numbers: tuple[int, ...]
    """The numbers of the members who had touched the context before, most recent first."""
    running: float
    """Bits of this act and all before it."""


@dataclass(frozen=True, slots=True)
class LedgerTable:
    """The rows shown and what they leave out."""

    rows: tuple[LedgerRow, ...]
    total: float
    """Bits of all acts of the ledger, shown or not."""
    left_out: int
    left_out_bits: float


@dataclass(frozen=True, slots=True)
class ContextShare:
    """What one context brought."""

    context: str
    acts: int
    subjects: int
    bits: float


def strongest(acts: tuple[Act, ...], most: int) -> frozenset[int]:
    """The places in the ledger of the ``most`` acts that brought most bits."""
    if len(acts) <= most:
        return frozenset(range(len(acts)))
    order = sorted(range(len(acts)), key=lambda at: (-acts[at].bits, at))
    return frozenset(order[:most])


def ledger_table(moment: Moment, numbers: Mapping[str, int], *, rows_most: int) -> LedgerTable:
    """The strongest acts in the order of the ledger; the running sum counts those left out as well."""
    shown = strongest(moment.ledger, rows_most)
    rows: list[LedgerRow] = []
    running = left_out_bits = 0.0
    for at, act in enumerate(moment.ledger):
        running += act.bits
        if at not in shown:
            left_out_bits += act.bits
            continue
        # A member named by an act but no longer by the moment has no number.
        with_numbers = tuple(numbers[subject] for subject in act.with_ if subject in numbers)
        rows.append(LedgerRow(at, act, numbers.get(act.subject, 0), with_numbers, running))
    return LedgerTable(tuple(rows), running, len(moment.ledger) - len(rows), left_out_bits)


def context_shares(moment: Moment) -> tuple[ContextShare, ...]:
    """What each context brought, the most first."""
    acts: dict[str, list[Act]] = {}
    for act in moment.ledger:
        acts.setdefault(act.context, []).append(act)
    shares = [
        ContextShare(context, len(of), len({act.subject for act in of}), sum(act.bits for act in of))
        for context, of in acts.items()
    ]
    shares.sort(key=lambda share: (-share.bits, share.context))
    return tuple(shares)


def balance(bits: Bits, acts: float) -> tuple[tuple[str, float], ...]:
    """How the acts of the ledger become the net evidence, as steps that add up to ``bits.net``."""
    steps = [(say("acts of the ledger"), acts)]
    alone = beside = 0.0
    if bits.whom:
        alone = bits.whom - acts
        steps.append((say("acts that followed nobody"), alone))
        beside = bits.when + bits.what
        steps.append((say("the pace of acts, silence included, and their mix of kinds"), beside))
    else:
        beside = bits.when + bits.what - acts
        steps.append((say("silence, and what came before the acts listed"), beside))
    steps.append((say("naming these subjects among all that are watched"), -bits.naming))
    steps.append((say("not knowing when it began"), bits.net - (acts + alone + beside - bits.naming)))
    return tuple((label, value) for label, value in steps if abs(value) >= 0.05)
