"""How the desk starts, whatever starts it: the command, a server, a test."""

from __future__ import annotations

import os
from pathlib import Path

import django

from lapwing.desk.project import home

SETTINGS = "lapwing.desk.project.settings"


def start(folder: Path | None = None) -> None:
    """Make Django ready on a data folder: the one given, or the one that the environment names.

    Raises
    ------
    UnsafeHomeError
        When the folder or the key in it can be read by others.
    DeploymentError
        When a variable of the environment says something the desk cannot start with.
    """
    if folder is not None:
        os.environ[home.ENVIRONMENT] = str(folder.absolute())
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    home.prepare()
    django.setup()
