"""The courier: writes letters about what was stated, and takes them to webhooks until they are accepted."""

from __future__ import annotations

import hashlib
import hmac
import json
import urllib.error
import urllib.request
from datetime import timedelta
from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from lapwing.desk import audit, clock
from lapwing.desk.api.models import Letter, LetterState, Webhook
from lapwing.desk.moments.models import Statement

SIGNATURE = "Lapwing-Signature"
PATIENCE = 10.0
"""Seconds that a receiver has to answer."""
WRITTEN_AT_ONCE, TAKEN_AT_ONCE = 200, 20
KEPT = timedelta(days=30)
"""How long letters are kept that are delivered or given up."""


def carry() -> None:
    """Write what is to be written, and take what is due."""
    write()
    take()


def write() -> None:
    """Write a letter to each webhook about each statement it has not heard of."""
    for webhook in Webhook.objects.filter(ended__isnull=True):
        with transaction.atomic():
            held = Webhook.objects.select_for_update().get(pk=webhook.pk)
            found = list(
                Statement.objects.filter(pk__gt=held.last)
                .order_by("pk")
                .values("pk", "moment_id", "known")[:WRITTEN_AT_ONCE]
            )
            if not found:
                continue
            Letter.objects.bulk_create(
                Letter(
                    webhook=held,
                    body=json.dumps(
                        {
                            "type": "moment.stated",
                            "statement": one["pk"],
                            "moment": one["moment_id"],
                            "known": one["known"].isoformat(),
                            "url": f"{settings.DEPLOYMENT.url}/api/moments/{one['moment_id']}",
                        },
                        separators=(",", ":"),
                    ),
                )
                for one in found
            )
            held.last = found[-1]["pk"]
            held.save(update_fields=["last"])


def take() -> None:
    """Take the letters that are due; what fails is tried again later, and given up in the end."""
    due = Letter.objects.filter(
        state=LetterState.WAITING, next__lte=clock.now(), webhook__ended__isnull=True
    ).select_related("webhook")
    for letter in due.order_by("next", "pk")[:TAKEN_AT_ONCE]:
        fault = send(letter.webhook.address, letter.body.encode(), letter.webhook.secret)
        if fault is None:
            letter.state, letter.attempts, letter.fault = LetterState.DELIVERED, letter.attempts + 1, ""
        else:
            letter.failed(fault)
        with transaction.atomic():
            letter.save()
            if letter.state == LetterState.DELIVERED:
                Webhook.objects.filter(pk=letter.webhook_id).update(
                    delivered=F("delivered") + 1, delivered_last=clock.now()
                )
            if letter.state == LetterState.DEAD:
                audit.record(
                    None, "webhook.give_up", letter.about, why=letter.fault, detail={"letter": letter.pk}
                )


def forget() -> None:
    """Erase letters that are settled and old."""
    settled = Letter.objects.exclude(state=LetterState.WAITING)
    settled.filter(made__lt=clock.now() - KEPT).delete()


def signature(secret: str, time: int, body: bytes) -> str:
    """The signature of a message: HMAC-SHA256 over the time (seconds since 1970), a dot and the body."""
    signed = hmac.new(secret.encode(), f"{time}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={time},v1={signed}"


def send(address: str, body: bytes, secret: str) -> str | None:
    """Send a message once; what went wrong, or None. Redirections are not followed."""
    request = urllib.request.Request(  # noqa: S310 - the address was checked when it was given
        address,
        data=body,
        method="POST",
        headers={
            "Content-Type": "application/json",
            "User-Agent": "Lapwing",
            SIGNATURE: signature(secret, int(clock.now().timestamp()), body),
        },
    )
    try:
        with _opener.open(request, timeout=PATIENCE) as response:
            response.read(1024)
    except urllib.error.HTTPError as error:
        error.close()
        return f"answered with status {error.code}"
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        return f"cannot be reached: {reason}"
    return None


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    """What was meant for one address goes to no other."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirection)
