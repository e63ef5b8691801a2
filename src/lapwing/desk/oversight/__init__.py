"""What the overseer sees, and the button that stops the machine."""

from __future__ import annotations


def stopped() -> bool:
    """Whether the machine is stopped: no detector runs, and every clock does."""
    # Loaded when asked: importing the package must work before Django is ready.
    from lapwing.desk.oversight.machine import standing

    return standing() is not None
