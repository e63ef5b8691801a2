"""The addresses below `/cases/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from lapwing.desk.cases.views import case, replay, search, threat

app_name = "cases"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", case.show_all, name="list"),
    path("start/", case.start, name="start"),
    path("search/", search.search, name="search"),
    path("threat/", threat.threat, name="threat"),
    path("threat/waiting/", threat.banner, name="threat_banner"),
    path("threat/<int:pk>/", threat.raised, name="raised"),
    path("threat/<int:pk>/take/", threat.take, name="take_threat"),
    path("threat/<int:pk>/informed/", threat.informed, name="informed"),
    path("<int:pk>/", case.show, name="case"),
    path("<int:pk>/fact/", case.note, name="fact"),
    path("<int:pk>/assess/", case.judge, name="assess"),
    path("<int:pk>/task/", case.add_task, name="task"),
    path("<int:pk>/task/<int:task_pk>/", case.do_task, name="do_task"),
    path("<int:pk>/link/", case.link, name="link"),
    path("<int:pk>/person/", case.add_person, name="person"),
    path("<int:pk>/person/<int:participant_pk>/", case.remove_person, name="remove_person"),
    path("<int:pk>/condition/", case.add_condition, name="condition"),
    path("<int:pk>/condition/<int:condition_pk>/", case.end_condition, name="end_condition"),
    path("<int:pk>/told/<int:told_pk>/", case.read_told, name="read_told"),
    path("<int:pk>/close/", case.close, name="close"),
    path("<int:pk>/reopen/", case.reopen, name="reopen"),
    path("<int:pk>/replay/", replay.replay, name="replay"),
]
