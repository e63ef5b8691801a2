"""The addresses below `/accounts/`; without a namespace, since the library that signs people in knows them."""

from __future__ import annotations

from allauth.account import views as signing_in
from django.urls import URLPattern, URLResolver, include, path

from lapwing.desk.accounts.views import own, persons

urlpatterns: list[URLPattern | URLResolver] = [
    path("", own.account, name="account"),
    path("elsewhere/", own.sign_out_elsewhere, name="sign_out_elsewhere"),
    path("tokens/", own.make_token, name="make_token"),
    path("tokens/<int:number>/end/", own.end_token, name="end_token"),
    path("persons/", persons.persons, name="persons"),
    path("persons/add/", persons.enrol, name="enrol"),
    path("persons/<str:name>/", persons.person, name="person"),
    path("persons/<str:name>/roles/", persons.roles, name="person_roles"),
    path("persons/<str:name>/close/", persons.close, name="person_close"),
    path("persons/<str:name>/reset/", persons.reset, name="person_reset"),
    path("persons/<str:name>/reopen/", persons.reopen, name="person_reopen"),
    path("login/", signing_in.login, name="account_login"),
    path("logout/", signing_in.logout, name="account_logout"),
    path("inactive/", signing_in.account_inactive, name="account_inactive"),
    path("reauthenticate/", signing_in.reauthenticate, name="account_reauthenticate"),
    path("password/", own.change_password, name="account_change_password"),
    path("factors/", include("allauth.mfa.urls")),
    path("provider/", include("allauth.socialaccount.providers.openid_connect.urls")),
]
