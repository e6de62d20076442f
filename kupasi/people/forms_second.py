"""The second factor's forms: allauth's, with the words of our pages."""

from __future__ import annotations

from typing import Any

from allauth.mfa.base.forms import AuthenticateForm as BaseAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as BaseReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal import auth
from django import forms


class ActivateForm(ActivateTOTPForm):
    """The first enrolment. The secret stays until it is used: whoever looks at the page again, or in another tab, has
    scanned the right one already.
    """

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        forms.Form.__init__(self, *args, **kwargs)  # the parent's makes a new secret at every look
        self.user = user
        self.secret = auth.get_totp_secret(regenerate=False)
        in_our_words(self, "应用上的 6 位数字")


class AuthenticateForm(BaseAuthenticateForm):
    """At the sign-in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_our_words(self, "验证码")


class ReauthenticateForm(BaseReauthenticateForm):
    """Before something that asks for it once more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_our_words(self, "验证码")


def in_our_words(form: forms.Form, label: str) -> None:
    """The box of mistakes names the field as the page does; a placeholder is no label."""
    form.fields["code"].label = label
    form.fields["code"].widget.attrs.pop("placeholder", None)
