"""The addresses below `/accounts/`."""

from __future__ import annotations

from allauth.account import views as signing_in
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("login/", signing_in.login, name="account_login"),
    path("logout/", signing_in.logout, name="account_logout"),
    path("inactive/", signing_in.account_inactive, name="account_inactive"),
    path("reauthenticate/", signing_in.reauthenticate, name="account_reauthenticate"),
    path("password/", signing_in.password_change, name="account_change_password"),
    path("factors/", include("allauth.mfa.urls")),
    path("provider/", include("allauth.socialaccount.providers.openid_connect.urls")),
]
