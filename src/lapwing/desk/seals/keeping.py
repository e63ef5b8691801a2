"""Putting text under seal, and wrapping all envelopes anew after a new key. Opening is in ``steps``."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from django.db import transaction

from lapwing.desk import audit, clock
from lapwing.desk.seals import envelope
from lapwing.desk.seals.key import SealKey, load
from lapwing.desk.seals.models import Sealed

if TYPE_CHECKING:
    from lapwing.desk.accounts.models import Person

HANDLE = "handle"
"""The field that holds what stands behind a pseudonym."""
AT_ONCE = 500
"""Envelopes wrapped in one transaction."""


@cache
def key() -> SealKey:
    """The seal key of this desk, read once; raises ``SealKeyError`` when there is none that is safe."""
    return load(os.environ)


def put(by: Person | None, record: str, field: str, text: str) -> Sealed:
    """Put ``text`` under seal, in place of what was there; the entry of it says that, and never the text.

    ``by`` is None when a machine hands it in.
    """
    held = key()
    place = envelope.Place(record, field)
    sealed = envelope.seal(text, place, held.keys, held.current)
    with transaction.atomic():
        kept, new = Sealed.objects.update_or_create(
            record=record,
            field=field,
            defaults={"envelope": sealed, "key_id": held.current, "since": clock.now()},
        )
        audit.record(by, "seal.put", record, detail={"field": field, "replaced": not new})
    return kept


def rewrap(by: Person | None = None) -> int:
    """Wrap every envelope that hangs on an older key with the current one, and say how many there were.

    It can be interrupted and run again. Afterwards the older keys can be taken out of the seal key. Raises
    ``SealsError`` at the first envelope that does not open; what was wrapped before it stays.
    """
    held = key()
    done = 0
    while True:
        with transaction.atomic():
            some = list(
                Sealed.objects.select_for_update()
                .exclude(key_id__in=[held.current, ""])
                .order_by("pk")[:AT_ONCE]
            )
            if not some:
                return done
            for sealed in some:
                sealed.envelope = envelope.rewrap(
                    bytes(sealed.envelope), sealed.place, held.keys, held.current
                )
                sealed.key_id = held.current
            Sealed.objects.bulk_update(some, ["envelope", "key_id"])
            done += len(some)
            audit.record(by, "seal.rewrap", "desk", detail={"envelopes": len(some), "key": held.current})


def sealed(record: str, field: str) -> Sealed | None:
    """The sealed field of a record, shut; None when nothing is sealed there, or not any more."""
    return Sealed.objects.filter(record=record, field=field).exclude(key_id="").first()


def erase(by: Person | None, kept: Sealed, *, why: str) -> None:
    """Erase what is under a seal. That it was there, and who opened it, stays."""
    with transaction.atomic():
        kept.envelope, kept.key_id = b"", ""
        kept.save()
        audit.record(by, "seal.erase", kept.record, why=why, detail={"field": kept.field})
