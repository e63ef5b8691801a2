#!/usr/bin/env python3
"""Two commands on a machine with nothing but Python: `run.py demo` and `run.py test`.

Both make `.venv` beside this file, install the checkout into it once per change of `pyproject.toml`, and go.
Standard library only, and no syntax younger than Python 3.6 before the version has been checked.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
if sys.version_info < OLDEST:
    sys.exit(
        f"run.py: Lapwing needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.\n"
        "Run it with a newer one, for example: python3.11 run.py demo"
    )

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
DEMO = ROOT / "demo"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")

USAGE = """\
usage: python3 run.py demo [--port N]       open the desk on a made-up world of 46,000 accounts
       python3 run.py test [pytest args]    run the whole test suite, or what the arguments choose
"""

EXTRAS = {"demo": "[desk]", "test": "[dev]"}
"""What each command installs beside the package itself."""

ENOUGH = {"demo": ("demo", "test"), "test": ("test",)}
"""Whose installation serves a command: what the tests need contains what the demo needs."""


def main(arguments: list[str]) -> int:
    """Do what the command line asks, and return the exit status."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if command == "test":
        prepare("test")
        return test(rest)
    if command == "demo":
        prepare("demo")
        return demo(rest)
    wanted = command in ("", "-h", "--help")
    if not wanted:
        print(f"run.py: there is no command {command!r}", file=sys.stderr)
    print(USAGE, end="", file=sys.stdout if wanted else sys.stderr)
    return 0 if wanted else 2


# --- the environment -----------------------------------------------------------------------------------


def prepare(command: str) -> None:
    """Make `.venv` and install the checkout into it, unless both were done for this `pyproject.toml`."""
    if not sound():
        make_venv()
    # The folder counts as well: an editable installation points at it, so a moved checkout installs anew.
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + os.fsencode(ROOT)).hexdigest()
    if any(stamp(other) == wanted for other in ENOUGH[command]):
        return
    say("installing Lapwing and what it needs into .venv (once; some 600 MB, a minute or two)")
    stamp_file(command).unlink(missing_ok=True)
    log = VENV / "install.log"
    log.unlink(missing_ok=True)
    quietly = ("--quiet", "--progress-bar=off", "--disable-pip-version-check", "--log", log)
    if run(PYTHON, "-m", "pip", "install", *quietly, "--editable", f".{EXTRAS[command]}"):
        sys.exit(
            f"run.py: the installation failed; pip's messages are above, its log is {log}\n"
            "Behind a proxy, set HTTPS_PROXY; with a package index of your own, set PIP_INDEX_URL; then run\n"
            "the same command again."
        )
    # Written last, and in one step: an interrupted installation leaves no stamp and is done again.
    fresh = stamp_file(command).with_suffix(".new")
    fresh.write_text(wanted, encoding="ascii")
    fresh.replace(stamp_file(command))


def sound() -> bool:
    """Whether `.venv` holds a Python that starts, is new enough and has pip."""
    probe = f"import sys, pip; sys.exit(sys.version_info < {OLDEST})"
    try:
        return subprocess.run([PYTHON, "-c", probe], capture_output=True, env=environment()).returncode == 0
    except OSError:
        return False


def make_venv() -> None:
    """Make `.venv`, replacing what an interruption or a removed Python left of an earlier one."""
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        why = f"{sys.executable} has no {' and no '.join(missing)}"
    else:
        say("making .venv")
        if run(sys.executable, "-m", "venv", "--clear", VENV) == 0:
            return
        why = f"the messages of {sys.executable} are above"
    sys.exit(
        f"run.py: .venv cannot be made: {why}\n"
        "On Debian and Ubuntu: apt-get install python3-venv. Elsewhere: use a Python that has venv and\n"
        "ensurepip. Then run the same command again."
    )


def stamp_file(command: str) -> Path:
    """Where a finished installation for a command is recorded."""
    return VENV / f"installed-for-{command}"


def stamp(command: str) -> str:
    """What the last finished installation for a command was made from; empty when there is none."""
    try:
        return stamp_file(command).read_text(encoding="ascii")
    except OSError:
        return ""


def run(*command: str | Path) -> int:
    """Run a program in the checkout with its output shown, and return its exit status."""
    return subprocess.run(command, cwd=ROOT, env=environment()).returncode


def environment() -> dict[str, str]:
    """The caller's environment, proxies and package indexes included, without what would lead pip astray."""
    astray = ("PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV")
    return {name: value for name, value in os.environ.items() if name not in astray} | {"PIP_USER": "0"}


# --- the commands --------------------------------------------------------------------------------------


def test(arguments: list[str]) -> int:
    """Run pytest with two workers, which later options can override, and pass its status on."""
    return run(PYTHON, "-m", "pytest", "-n", "2", *arguments)


def demo(arguments: list[str]) -> int:
    """Open the demonstration in `demo/`, and pass its status on."""
    say(
        "opening the demonstration; the first time it makes a world and watches its first days: about a minute on"
        " two free processors, two or three where others work"
    )
    return run(BIN / "lapwing", "demo", "--home", DEMO, *arguments)


def say(sentence: str) -> None:
    """One line on what is being done."""
    print(f"run.py: {sentence}", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
