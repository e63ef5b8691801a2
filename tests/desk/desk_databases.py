"""Databases beside the one that the tests run with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def own_databases(*names: str) -> Iterator[tuple[str, ...]]:
    """The addresses of new databases beside the PostgreSQL database given, gone afterwards; empty ones, which mean a
    file, where none is given. Tests that run at once in several workers have different ones."""
    given = os.environ.get("DATABASE_URL", "")
    if not given:
        yield tuple("" for _ in names)
        return
    import psycopg

    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    own = [f"{name}_{worker}" for name in names]
    with psycopg.connect(given, autocommit=True) as owner:
        for name in own:
            owner.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            owner.execute(f"CREATE DATABASE {name}")
        base = given.rpartition("/")[0]
        yield tuple(f"{base}/{name}" for name in own)
        for name in own:
            owner.execute(f"DROP DATABASE {name} WITH (FORCE)")
