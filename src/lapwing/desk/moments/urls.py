"""The addresses below `/moments/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from lapwing.desk.moments.views import budget, export, moment, notice, queue, replay, work

app_name = "moments"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", queue.show, name="queue"),
    path("rows/", queue.part, name="rows"),
    path("watching/", queue.foot, name="watching"),
    path("hidden/", queue.unseen, name="hidden"),
    path("stream/", queue.stream, name="stream"),
    path("purpose/", queue.state_purpose, name="purpose"),
    path("second/", queue.shelf, {"name": "second"}, name="second_readings"),
    path("later/", queue.shelf, {"name": "later"}, name="later"),
    path("closed/", queue.shelf, {"name": "closed"}, name="closed"),
    path("budget/", budget.budget, name="budget"),
    path("notices/", notice.notices, name="notices"),
    path("notices/<int:pk>/", notice.give, name="give_notice"),
    path("m/<str:pk>/", moment.show, name="moment"),
    path("m/<str:pk>/fact/", work.note, name="fact"),
    path("m/<str:pk>/assess/", work.judge, name="assess"),
    path("m/<str:pk>/decide/", work.make, name="decide"),
    path("m/<str:pk>/second/<int:decision_pk>/", work.second, name="second"),
    path("m/<str:pk>/withdraw/<int:decision_pk>/", work.take_back, name="withdraw"),
    path("m/<str:pk>/mark/", work.mark, name="mark"),
    path("m/<str:pk>/review/", work.review, name="review"),
    path("m/<str:pk>/reopen/", work.open_again, name="reopen"),
    path("m/<str:pk>/merge/", work.join, name="merge"),
    path("m/<str:pk>/part/", work.unjoin, name="part"),
    path("m/<str:pk>/split/", work.split, name="split"),
    path("m/<str:pk>/correct/", work.put_right, name="correct"),
    path("m/<str:pk>/export/", export.export, name="export"),
    path("m/<str:pk>/replay/", replay.replay, name="replay"),
]
