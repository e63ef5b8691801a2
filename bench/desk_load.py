"""How fast a desk answers while events come in and people click: 20 people at a demonstration that is open.

    lapwing demo                                   # in another terminal; it replays some 300 to 500 events a second
    python bench/desk_load.py PASSWORD [--url http://localhost:8000] [--users 20] [--seconds 60]

Each person signs in, states a purpose if the role needs one, and follows links of the pages they come to, with a second
or two between clicks; each also holds the stream of the queue open. Times are those of whole answers, network included.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import threading
import time
from collections import defaultdict
from contextlib import suppress

import httpx

PEOPLE = (
    "analyst",
    "reviewer",
    "duty-officer",
    "disclosure-officer",
    "overseer",
    "approver",
    "administrator",
)
STARTS = (
    "/moments/",
    "/cases/",
    "/subjects/",
    "/mandates/",
    "/oversight/",
    "/moments/later/",
    "/moments/closed/",
)
LINK = re.compile(r'href="(/(?:moments|cases|subjects|mandates|oversight)/[^"#]*)"')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
LIMIT = 1_000.0
"""Milliseconds in which every page is to answer."""


def main() -> None:
    """Click, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("password")
    parser.add_argument("--url", default="http://localhost:8000")
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    people = [User(given.url, PEOPLE[at % len(PEOPLE)], given.password, at) for at in range(given.users)]
    for user in people:
        user.sign_in()
    before, began = people[0].events(), time.monotonic()
    ends = began + given.seconds
    threads = [
        threading.Thread(target=act, args=(ends,)) for user in people for act in (user.click, user.listen)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = (people[0].events() - before) / (time.monotonic() - began)
    table(people, rate)


def table(people: list[User], rate: float) -> None:
    """Print how long each sort of page took."""
    taken: dict[str, list[float]] = defaultdict(list)
    for user in people:
        for page, ms in user.taken:
            taken[page].append(ms)
    every = sorted(ms for times in taken.values() for ms in times)
    print(f"{'page':30} {'asked':>6} {'median':>9} {'95 %':>9} {'slowest':>9}")
    for page, times in [*sorted(taken.items(), key=lambda one: -max(one[1])), ("all", every)]:
        worst = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
        print(
            f"{page:30} {len(times):6} {statistics.median(times):6.0f} ms {worst:6.0f} ms {max(times):6.0f} ms"
        )
    print(
        f"{len(people)} people, {rate:.0f} events a second, {sum(ms > LIMIT for ms in every)} pages over 1 s"
    )


class User:
    """One person in one browser."""

    def __init__(self, url: str, name: str, password: str, seed: int) -> None:
        self.taken: list[tuple[str, float]] = []
        self._name, self._password = name, password
        self._chance = random.Random(seed)
        self._client = httpx.Client(base_url=url, follow_redirects=True, timeout=30)

    def sign_in(self) -> None:
        """Sign in, and say what is looked for."""
        page = self._client.get("/accounts/login/").text
        form = {"login": self._name, "password": self._password, "csrfmiddlewaretoken": _token(page)}
        answer = self._client.post("/accounts/login/", data=form)
        assert "/login/" not in str(answer.url), f"{self._name} was not let in"
        page = self._client.get("/moments/").text
        if 'name="purpose"' in page:
            form = {"purpose": "prevent", "csrfmiddlewaretoken": _token(page)}
            self._client.post("/moments/purpose/", data=form)

    def click(self, ends: float) -> None:
        """Follow links until it is time."""
        address = "/moments/"
        time.sleep(self._chance.uniform(0.0, 2.5))  # nobody begins at the same instant as all others
        while time.monotonic() < ends:
            began = time.perf_counter()
            answer = self._client.get(address)
            page = re.sub(r"\d+", "N", re.sub(r"/m/[^/]+", "/m/M", address.partition("?")[0]))
            if answer.status_code == 200:
                self.taken.append((page, 1000 * (time.perf_counter() - began)))
            links = LINK.findall(answer.text) if answer.status_code == 200 else []
            address = (
                self._chance.choice(links)
                if links and self._chance.random() < 0.8
                else self._chance.choice(STARTS)
            )
            address = address.replace("&amp;", "&")
            time.sleep(self._chance.uniform(0.5, 2.5))

    def listen(self, ends: float) -> None:
        """Hold the stream of the queue open, as its page does."""
        with suppress(httpx.HTTPError), self._client.stream("GET", "/moments/stream/", timeout=30) as answer:
            for _ in answer.iter_lines():
                if time.monotonic() >= ends:
                    return

    def events(self) -> int:
        """How many events the watch has taken."""
        found = re.search(r"^lapwing_watch_events_total (\S+)", self._client.get("/metrics").text, re.M)
        return int(float(found[1])) if found else 0


def _token(page: str) -> str:
    found = TOKEN.search(page)
    return found[1] if found else ""


if __name__ == "__main__":
    main()
