"""The page of webhooks."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lapwing.desk import audit, clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.api.models import Letter, LetterState, Webhook
from lapwing.desk.api.webhook import new_salt
from lapwing.desk.guard import guarded, may, require
from lapwing.desk.moments.models import Statement

SHOWN = 100


class WebhookForm(forms.ModelForm[Webhook]):
    """A new webhook."""

    class Meta:
        model = Webhook
        fields = ("name", "address")


@require_safe
@guarded("webhook.list")
def webhooks(request: HttpRequest) -> HttpResponse:
    """All webhooks, and the letters that wait or were given up."""
    return _page(request, WebhookForm())


@require_POST
@guarded("webhook.change")
def add(request: HttpRequest) -> HttpResponse:
    """Add a webhook; it is told of what is stated from now on."""
    form = WebhookForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    with transaction.atomic():
        webhook = form.save(commit=False)
        webhook.made_by = _by(request)
        webhook.last = Statement.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        webhook.save()
        audit.record(
            _by(request),
            "webhook.add",
            webhook.about,
            detail={"name": webhook.name, "address": webhook.address},
        )
    return _secret(request, webhook)


@require_POST
def new_secret(request: HttpRequest, number: int) -> HttpResponse:
    """Give a webhook a new secret; the old one signs nothing from now on."""
    webhook = get_object_or_404(Webhook, pk=number)
    require(request.user, "webhook.change", webhook)
    with transaction.atomic():
        webhook.salt = new_salt()
        webhook.save(update_fields=["salt"])
        audit.record(_by(request), "webhook.new_secret", webhook.about)
    return _secret(request, webhook)


@require_POST
def end(request: HttpRequest, number: int) -> HttpResponse:
    """End a webhook; what waits for it is not sent any more."""
    webhook = get_object_or_404(Webhook, pk=number)
    require(request.user, "webhook.change", webhook)
    with transaction.atomic():
        webhook.ended = clock.now()
        webhook.save(update_fields=["ended"])
        audit.record(_by(request), "webhook.end", webhook.about)
    messages.success(request, _("The webhook has ended."))
    return redirect("api:webhooks")


@require_POST
def send_again(request: HttpRequest, number: int) -> HttpResponse:
    """Try a letter again that was given up."""
    letter = get_object_or_404(Letter.objects.select_related("webhook"), pk=number)
    require(request.user, "webhook.send_again", letter)
    with transaction.atomic():
        letter.state, letter.attempts, letter.next = LetterState.WAITING, 0, clock.now()
        letter.save()
        audit.record(_by(request), "webhook.send_again", letter.about, detail={"letter": letter.pk})
    messages.success(request, _("It is tried again now."))
    return redirect("api:webhooks")


def _by(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)
    return request.user


def _page(request: HttpRequest, form: WebhookForm, status: int = 200) -> HttpResponse:
    unsettled = Letter.objects.exclude(state=LetterState.DELIVERED).select_related("webhook").order_by("-pk")
    return render(
        request,
        "api/webhooks.html",
        {
            "form": form,
            "webhooks": Webhook.objects.select_related("made_by").annotate(
                waiting=Count("letters", filter=Q(letters__state=LetterState.WAITING))
            ),
            "letters": unsettled[:SHOWN],
            "may_change": bool(may(request.user, "webhook.change")),
        },
        status=status,
    )


def _secret(request: HttpRequest, webhook: Webhook) -> HttpResponse:
    response = render(request, "api/webhook_made.html", {"webhook": webhook})
    response["Cache-Control"] = "no-store"
    return response
