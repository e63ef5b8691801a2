"""The guided path of the demonstration: through one case as the analyst, and what the others look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import ResolverMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lapwing.desk.accounts.models import Person
from lapwing.desk.guard import unguarded
from lapwing.desk.moments.course import Status
from lapwing.desk.moments.models import Assessment, Decision, Moment
from lapwing.desk.seals.models import Opening

if TYPE_CHECKING:
    from collections.abc import Sequence

AWAY, MOMENT = "guide_away", "guide_moment"
"""Where a session keeps that the guide is put away, and which moment it leads through."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the path."""

    text: str
    done: bool
    address: str = ""
    """Where it is done; empty when that is this page, or none."""


@dataclass(frozen=True, slots=True)
class Guide:
    """What is shown: all steps, of which the first that is not done is the next."""

    title: str
    steps: Sequence[Step]

    @property
    def next(self) -> int:
        """Its place from 1; one more than there are when all are done."""
        return next((at for at, step in enumerate(self.steps, 1) if not step.done), len(self.steps) + 1)

    @property
    def current(self) -> Step | None:
        """It; None when all are done."""
        return self.steps[self.next - 1] if self.next <= len(self.steps) else None


def shown(request: HttpRequest) -> Guide:
    """The guide of whoever asks, on the page they are on."""
    assert isinstance(request.user, Person)
    if request.user.has_role("analyst"):
        return _case(request, request.user)
    title, steps = _others(request.user)
    return Guide(title, steps)


@require_POST
@unguarded("it only hides or shows a hint, for whoever asks")
def put_away(request: HttpRequest) -> HttpResponse:
    """Put the guide away, or bring it back."""
    request.session[AWAY] = not request.session.get(AWAY)
    back = request.POST.get("back", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(back if safe else reverse("home"))


def _case(request: HttpRequest, person: Person) -> Guide:
    moment = _moment(request, person)
    queue = reverse("moments:queue")
    there = reverse("moments:moment", args=[moment.pk]) if moment is not None else queue
    judged = moment is not None and Assessment.objects.filter(moment=moment, by=person).exists()
    decided = moment is not None and Decision.objects.filter(moment=moment).exists()
    closed = moment is not None and moment.status == Status.CLOSED
    return Guide(
        _("From a moment to its closing"),
        (
            Step(
                _(
                    "State a purpose, prevention say, and open a moment of the queue that nobody has assessed."
                ),
                moment is not None,
                queue,
            ),
            Step(
                _(
                    "Read its sentence and its ledger. Then assess it: which innocent explanation did you consider?"
                    " The arithmetic is shown when you have."
                ),
                judged,
                there,
            ),
            Step(_("Decide with reasons: observe it for a week."), decided or closed, there),
            Step(_("New acts may come in meanwhile. Close it, with what you found out."), closed, there),
        ),
    )


def _moment(request: HttpRequest, person: Person) -> Moment | None:
    """The moment that the guide leads through: the last one that was opened, until one is assessed."""
    kept = Moment.objects.filter(pk=request.session.get(MOMENT, "")).only("pk", "status").first()
    match: ResolverMatch | None = getattr(request, "entered", None)
    if (
        match is None
        or match.view_name != "moments:moment"
        or (kept is not None and match.kwargs["pk"] == kept.pk)
    ):
        return kept
    if kept is None or not Assessment.objects.filter(moment=kept, by=person).exists():
        here = Moment.objects.filter(pk=match.kwargs["pk"], status=Status.NEW).only("pk", "status").first()
        if here is not None:
            request.session[MOMENT] = here.pk
            return here
    return kept


def _others(person: Person) -> tuple[str, Sequence[Step]]:
    if person.has_role("reviewer", "duty_officer"):
        return _("The second reader"), (
            Step(
                _(
                    "A referral waits for its second reader. Assess it yourself, then agree or refuse, with reasons."
                ),
                not Decision.objects.filter(state="proposed").exists(),
                reverse("moments:second_readings"),
            ),
        )
    if person.has_role("approver"):
        return _("Who approves"), (
            Step(
                _("A request to open a seal waits for a second person. Approve or refuse it, with reasons."),
                not Opening.objects.waiting().exists(),
                reverse("seals:list"),
            ),
            Step(_("See which mandates end soon, and what each rests on."), False, reverse("mandates:list")),
            Step(
                _("The false-alarm budget is yours: see what it has cost."), False, reverse("moments:budget")
            ),
        )
    if person.has_role("overseer"):
        return _("Who oversees"), (
            Step(
                _("See openings, refusals and what came of the moments, and verify the log."),
                False,
                reverse("oversight:page"),
            ),
            Step(
                _("Stop the machine: the detectors halt within a second, and every clock goes on."), False, ""
            ),
        )
    if person.has_role("disclosure_officer"):
        return _("Who tells others"), (
            Step(_("See who is still to be told of a correction."), False, reverse("moments:notices")),
        )
    return _("Who keeps it running"), (
        Step(
            _("You read no content: see that the pages of moments are refused to you, with the reason."),
            False,
            "",
        ),
        Step(_("See how the machine is doing."), False, reverse("operation:page")),
    )
