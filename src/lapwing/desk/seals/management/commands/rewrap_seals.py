"""Wrap all seals anew after a new seal key was put above the old one."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lapwing.desk.seals import keeping
from lapwing.desk.seals.error import SealsError


class Command(BaseCommand):
    """``rewrap_seals``: wrap every envelope that hangs on an older key with the current one."""

    help = "Wrap every seal that hangs on an older key with the current one. It can be interrupted and run again."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = keeping.rewrap()
        except SealsError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{done} seals wrapped with the key {keeping.key().current!r}.")
