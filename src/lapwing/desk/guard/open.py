"""Views of libraries that answer without the guard, and why that is right.

The desk's own views say so themselves, with `@unguarded`. All of these are about the account of whoever asks,
and of nobody else.
"""

from __future__ import annotations

SIGNING_IN = "this is how one signs in"
OWN_ACCOUNT = "one's own ways of signing in"

OPEN = {
    "account_login": SIGNING_IN,
    "account_logout": "anybody may leave",
    "account_inactive": SIGNING_IN,
    "account_reauthenticate": SIGNING_IN,
    "account_change_password": OWN_ACCOUNT,
    "mfa_authenticate": SIGNING_IN,
    "mfa_reauthenticate": SIGNING_IN,
    "mfa_login_webauthn": SIGNING_IN,
    "mfa_reauthenticate_webauthn": SIGNING_IN,
    "mfa_index": OWN_ACCOUNT,
    "mfa_activate_totp": OWN_ACCOUNT,
    "mfa_deactivate_totp": OWN_ACCOUNT,
    "mfa_list_webauthn": OWN_ACCOUNT,
    "mfa_add_webauthn": OWN_ACCOUNT,
    "mfa_edit_webauthn": OWN_ACCOUNT,
    "mfa_remove_webauthn": OWN_ACCOUNT,
    "mfa_view_recovery_codes": OWN_ACCOUNT,
    "mfa_generate_recovery_codes": OWN_ACCOUNT,
    "mfa_download_recovery_codes": OWN_ACCOUNT,
    "openid_connect_login": SIGNING_IN,
    "openid_connect_callback": SIGNING_IN,
    "socialaccount_login_cancelled": SIGNING_IN,
    "socialaccount_login_error": SIGNING_IN,
    "set_language": "anybody may read in their language",
}
"""Names of addresses, each with the reason."""
