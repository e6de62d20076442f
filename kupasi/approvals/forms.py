"""What an approver types."""

from __future__ import annotations

from django import forms

NOTE = {"required": "请写明理由。", "max_length": "请控制在 200 字以内。"}


class ApproveForm(forms.Form):
    """The digest of what was shown, and a remark."""

    use_required_attribute = False
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reason = forms.CharField(label="说明（选填）", max_length=200, required=False, error_messages=NOTE)


class ReasonForm(forms.Form):
    """Why it is declined, or why the whole numbers are needed."""

    use_required_attribute = False
    reason = forms.CharField(label="理由", max_length=200, error_messages=NOTE)
