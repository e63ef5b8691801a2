"""Settings of the desk. What differs between deployments comes from the environment (`deployment.py`)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dj_database_url
import django_stubs_ext

from lapwing.desk.project import home
from lapwing.desk.project.deployment import Deployment

# Lets forms and views name their model as their type does, `ModelForm[Person]`, when they run as well.
django_stubs_ext.monkeypatch()

DEPLOYMENT = Deployment.read(os.environ)
HOME = home.folder()
DESK = Path(__file__).resolve().parent.parent

SECRET_KEY = home.secret_key()
DEBUG = False
DEMO = DEPLOYMENT.demo

# --- applications ---------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "lapwing.desk.look",
    "lapwing.desk.guard",
    "lapwing.desk.accounts",
    "lapwing.desk.audit",
    "lapwing.desk.oversight",
    "lapwing.desk.operation",
    "lapwing.desk.mandates",
    "lapwing.desk.subjects",
    "lapwing.desk.seals",
    "lapwing.desk.retention",
    "lapwing.desk.moments",
    "lapwing.desk.cases",
    "lapwing.desk.intake",
    "lapwing.desk.live",
    "lapwing.desk.api",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]

MIDDLEWARE = [
    "lapwing.desk.operation.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "lapwing.desk.look.static_files.StaticFilesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "lapwing.desk.look.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "lapwing.desk.look.middleware.FormsOnlyMiddleware",
    "lapwing.desk.accounts.middleware.SignInMiddleware",
    "lapwing.desk.guard.middleware.GuardMiddleware",
]

ROOT_URLCONF = "lapwing.desk.project.urls"
ASGI_APPLICATION = "lapwing.desk.project.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "lapwing.desk.look.templatetags.look",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lapwing.desk.look.context.page",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- the database ---------------------------------------------------------------------------------------

SQLITE: dict[str, Any] = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": HOME / "desk.sqlite3",
    "OPTIONS": {
        # Writers wait for one another from their first statement on, instead of failing at their first write.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # FULL: what was acknowledged is on the disk, and survives a power cut.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536;"
            "PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;"
        ),
    },
}


def _database(url: str) -> dict[str, Any]:
    if not url:
        return SQLITE
    return {**dj_database_url.parse(url), "OPTIONS": {"pool": True}}


DATABASES = {"default": _database(DEPLOYMENT.database)}

CACHES = {
    # Counts failed sign-ins, so it has to be the same for all processes and to survive a restart.
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"},
}

# --- signing in -----------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username",), "max_similarity": 0.5},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "lapwing.desk.accounts.adapter.AccountAdapter"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_RATE_LIMITS = {
    # By address against guessing at many accounts; by account against guessing from many addresses.
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
}
# Behind a proxy the server takes the address from it (uvicorn --forwarded-allow-ips), and the library trusts none.
ALLAUTH_TRUSTED_PROXY_COUNT = 0

MFA_ADAPTER = "lapwing.desk.accounts.adapter.FactorAdapter"
MFA_FORMS = {
    "add_webauthn": "lapwing.desk.accounts.credential.AddForm",
    "authenticate_webauthn": "lapwing.desk.accounts.credential.AuthenticateForm",
    "login_webauthn": "lapwing.desk.accounts.credential.LoginForm",
    "reauthenticate_webauthn": "lapwing.desk.accounts.credential.ReauthenticateForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True
# Browsers allow keys over plain HTTP on this machine only, and no other plain address gets past `deployment.py`.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not DEPLOYMENT.encrypted

SOCIALACCOUNT_ADAPTER = "lapwing.desk.accounts.adapter.ProviderAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_OPENID_CONNECT_URL_PREFIX = ""
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": []
        if DEPLOYMENT.provider is None
        else [
            {
                "provider_id": "team",
                "name": DEPLOYMENT.provider.issuer.removeprefix("https://"),
                "client_id": DEPLOYMENT.provider.client,
                "secret": DEPLOYMENT.provider.secret,
                "settings": {"server_url": DEPLOYMENT.provider.issuer},
            }
        ],
    }
}

# --- on the wire ----------------------------------------------------------------------------------------

ALLOWED_HOSTS = [DEPLOYMENT.host, "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [DEPLOYMENT.url]
CSRF_COOKIE_SECURE = DEPLOYMENT.encrypted
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "lapwing.desk.look.views.stale_form"
SESSION_COOKIE_SECURE = DEPLOYMENT.encrypted
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
LANGUAGE_COOKIE_SECURE = DEPLOYMENT.encrypted
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = DEPLOYMENT.encrypted
SECURE_REDIRECT_EXEMPT = [r"^(health|ready|metrics)$"]
SECURE_HSTS_SECONDS = 31_536_000 if DEPLOYMENT.encrypted else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- language and time ----------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français")]
LOCALE_PATHS = [DESK / "look" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- files of the pages ---------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [("report", DESK.parent / "report" / "static")]
# Served from the packages they come in: nothing to collect, nothing to forget after an upgrade.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
