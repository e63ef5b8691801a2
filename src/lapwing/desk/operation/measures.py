"""What is measured of a desk at work, for Prometheus. Labels name views, states and versions, never anybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db.models import Count
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from lapwing import __version__
from lapwing.desk import clock, mandates
from lapwing.desk.audit import checkpointing
from lapwing.desk.audit.entry import log_size
from lapwing.desk.audit.models import Checkpoint
from lapwing.desk.live.models import Progress
from lapwing.desk.live.progress import ONLY
from lapwing.desk.moments.models import Moment
from lapwing.desk.oversight.machine import standing

REGISTRY = CollectorRegistry()

REQUESTS = Histogram(
    "lapwing_request_seconds",
    "Time until a request was answered.",
    ("view", "status"),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5),
    registry=REGISTRY,
)
"""By the name of the address and the class of the answer, such as 2xx."""


class Desk(Collector):
    """Numbers that are read from the database when somebody asks for them."""

    def describe(self) -> Iterable[Metric]:
        # Without this, registering the collector would read the database.
        return []

    def collect(self) -> Iterator[Metric]:
        now = clock.now()
        yield InfoMetricFamily("lapwing_build", "The version of the desk.", {"version": __version__})
        yield GaugeMetricFamily(
            "lapwing_machine_stopped",
            "Whether the overseer has stopped all detectors.",
            int(standing() is not None),
        )
        yield GaugeMetricFamily("lapwing_mandates_in_force", "Mandates in force.", mandates.live().count())
        yield from _moments()
        yield from _watch()
        signed = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
        yield CounterMetricFamily("lapwing_audit_entries", "Entries of the audit log.", log_size())
        yield CounterMetricFamily("lapwing_audit_entries_signed", "Entries that a checkpoint covers.", signed)
        waiting = checkpointing.waiting_since(signed)
        yield GaugeMetricFamily(
            "lapwing_audit_unsigned_seconds",
            "How long the oldest entry without a checkpoint has waited for one.",
            (now - waiting).total_seconds() if waiting else 0,
        )


def _moments() -> Iterator[Metric]:
    now = clock.now()
    by_status = GaugeMetricFamily("lapwing_moments", "Moments on the desk.", labels=("status",))
    for status, count in Moment.objects.order_by().values_list("status").annotate(Count("pk")):
        by_status.add_metric((status,), count)
    yield by_status
    yield GaugeMetricFamily(
        "lapwing_moments_overdue",
        "Moments whose review or write-up is overdue.",
        Moment.objects.filter(due__lt=now).count(),
    )


def _watch() -> Iterator[Metric]:
    progress = Progress.objects.filter(pk=ONLY).first()
    if progress is None:
        return
    state = GaugeMetricFamily("lapwing_watch_state", "What the watch is doing.", labels=("state",))
    state.add_metric((progress.state,), 1)
    yield state
    yield CounterMetricFamily("lapwing_watch_events", "Events that the watch has taken.", progress.rows)
    yield CounterMetricFamily(
        "lapwing_watch_late_events", "Events that came too late for the watch.", progress.late
    )
    if progress.beat is not None:
        yield GaugeMetricFamily(
            "lapwing_watch_silent_seconds",
            "Time since the watch last showed a sign of life.",
            (clock.now() - progress.beat).total_seconds(),
        )


REGISTRY.register(Desk())
