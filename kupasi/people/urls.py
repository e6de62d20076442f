"""Addresses of the account pages. Only what is needed of the sign-in library is mounted."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as second
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.urls import path
from django.views.generic import RedirectView

from .views import data, entry, invitations, own, photos, sessions

urlpatterns = [
    path("start/", entry.start, name="start"),
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("signup/", entry.register, name="account_signup"),
    path("signup/code/", entry.register_code, name="account_signup_code"),
    path("signup/resend/", entry.register_resend, name="account_signup_resend"),
    path("password/reset/", entry.forgot, name="account_reset_password"),
    path("password/reset/code/", entry.forgot_code, name="account_reset_password_code"),
    path("password/change/", own.change_password, name="account_change_password"),
    path("phone/change/", own.change_phone, name="account_change_phone"),
    path("phone/change/code/", own.change_phone_code, name="account_change_phone_code"),
    path("profile/", own.profile, name="profile"),
    path("keys/", own.make_key, name="make_key"),
    path("keys/<int:pk>/withdraw/", own.withdraw_key, name="withdraw_key"),
    path("data/", data.data, name="own_data"),
    path("data/copy/", data.copy, name="own_data_copy"),
    path("data/contacts/", data.clear_contacts, name="own_data_clear"),
    path("clerks/", invitations.clerks, name="clerks"),
    path("clerks/<int:pk>/invite/", invitations.invite_again, name="invite_again"),
    path("clerks/<int:pk>/close/", invitations.close_clerk, name="close_clerk"),
    path("invitation/<str:token>/", invitations.accept, name="accept_invitation"),
    path("sessions/", sessions.devices, name="sessions"),
    path("sessions/end/", sessions.end_sessions, name="end_sessions"),
    path("sessions/<int:pk>/end/", sessions.end_session, name="end_session"),
    path("photos/<int:pk>/", photos.photo, name="photo"),
    path("2fa/", RedirectView.as_view(pattern_name="profile"), name="mfa_index"),
    path("2fa/authenticate/", second.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", second.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/totp/activate/", totp.activate_totp, name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("2fa/recovery-codes/generate/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
]
