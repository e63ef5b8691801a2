"""How the desk starts, whatever starts it: the command, a server, a test."""

from __future__ import annotations

import os
from pathlib import Path

import django

from lapwing.desk.mandates.ground import grounds
from lapwing.desk.project import home
from lapwing.desk.seals import key

SETTINGS = "lapwing.desk.project.settings"


def start(folder: Path | None = None, *, seals: bool = True) -> None:
    """Make Django ready on a data folder: the one given, or the one that the environment names.

    What never makes or opens a seal says so with ``seals=False``, and does without the seal key.

    Raises
    ------
    UnsafeHomeError
        When the folder or the key in it can be read by others.
    DeploymentError
        When a variable of the environment says something the desk cannot start with.
    SealKeyError
        When a seal key is needed and there is none, or one that others can read. A demonstration makes its own.
    GroundsError
        When the team's file of grounds cannot be used.
    """
    if folder is not None:
        os.environ[home.ENVIRONMENT] = str(folder.absolute())
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    # Whatever the desk writes, database and backups included, is for its owner only.
    os.umask(0o077)
    home.prepare()
    django.setup()
    # After the applications are there, and before anything is served: without a key nothing can be sealed.
    from django.conf import settings

    if seals:
        if settings.DEMO:
            key.for_demonstration(home.folder(), os.environ)
        key.load(os.environ)
    grounds()
