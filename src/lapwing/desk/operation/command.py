"""`lapwing backup`, `lapwing restore` and `lapwing check`: what runs a desk from the command line."""

from __future__ import annotations

from pathlib import Path

DONE, UNSAFE = 0, 1


def backup(folder: Path, *, home: Path | None = None) -> int:
    """Back a desk up into a folder, without its keys. The desk may go on working.

    Parameters
    ----------
    folder
        The folder to make; it must not exist.
    home
        The data folder of the desk.
    """
    from lapwing.desk.project.start import start

    start(home, seals=False)
    from lapwing.desk.operation import backup as making
    from lapwing.desk.operation import opening

    opening.for_work()
    made = making.make(folder)
    print(f"Backup: {made.folder}, {len(made.files)} files, {made.entries:,} entries of the audit log")
    print(f"Not in it: {making.KEYS}. Keep them elsewhere: without them the backup cannot be used,")
    print("and together with them whoever finds it can open everything.")
    return DONE


def restore(folder: Path, *, home: Path | None = None) -> int:
    """Put a backup back into an empty data folder, and verify its audit log.

    Exits with 1 when the log in it is not whole.

    Parameters
    ----------
    folder
        The backup.
    home
        The data folder to fill; the keys may lie in it already.
    """
    from lapwing.desk.project import home as data
    from lapwing.desk.project.start import start

    secret = (home or data.folder()) / "secret-key"
    kept = secret.exists()
    start(home, seals=False)
    from lapwing.desk.audit import checkpointing
    from lapwing.desk.operation import restore as restoring

    done = restoring.put_back(folder)
    print(f"Restored the backup of {done.backup.made}, made by Lapwing {done.backup.version}.")
    if not kept:
        print(
            f"The secret key was not here, and a new one was made: no authenticator app and no recovery code of before "
            f"opens this desk. Put the old one into {secret} before the desk starts; if it is lost, `lapwing admit` "
            "lets an administrator in."
        )
    if not checkpointing.key_path().exists():
        needed = f" with the fingerprint {done.backup.audit_keys[-1]}" if done.backup.audit_keys else ""
        print(
            f"The audit key{needed} is not here yet: put it into {checkpointing.key_path()} before the desk starts."
        )
    if done.found is None:
        print("Its database is of an older version: `lapwing desk` upgrades it; then run `lapwing check`.")
        return DONE
    print(done.found.text())
    return DONE if done.found.whole else UNSAFE


def check(*, home: Path | None = None) -> int:
    """Read a deployment and say what about it is unsafe, and what to do; nothing is changed.

    Exits with 1 when anything is unsafe.

    Parameters
    ----------
    home
        The data folder of the desk.
    """
    import os

    from lapwing.desk.operation.checking import check
    from lapwing.desk.operation.finding import Level, text
    from lapwing.desk.project.home import ENVIRONMENT

    if home is not None:
        os.environ[ENVIRONMENT] = str(home.absolute())
    findings = check()
    print(text(findings))
    return UNSAFE if any(one.level is Level.UNSAFE for one in findings) else DONE
