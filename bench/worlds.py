"""How fast worlds are made: `python bench/worlds.py [SCENARIO ...]`.

The default is `origin`: 46,000 subjects for 30 days at full activity, which makes twelve million events.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

from lapwing.worlds.world import make_world, write_world


def main(names: list[str]) -> None:
    make_world("tastes", seed=1, subjects=100, days=1.0, cells=0)  # compiles, so that it isn't counted
    print("scenario        events   make s  write s  events/s")
    for name in names:
        started = time.perf_counter()
        world = make_world(name, seed=1)
        made = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            write_world(world, Path(folder))
        done = time.perf_counter()
        events = len(world.events.time)
        print(
            f"{name:10}  {events:>10,}  {made - started:>7.1f}  {done - made:>7.1f}"
            f"  {events / (done - started):>8,.0f}"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak resident memory {peak:.1f} GiB")


if __name__ == "__main__":
    main(sys.argv[1:] or ["origin"])
