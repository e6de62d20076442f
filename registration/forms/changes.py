"""The choice after an exam was cancelled or moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from registration.services.choices import Option


class ChoiceForm(forms.Form):
    """One of the ways that are open."""

    use_required_attribute = False
    option = forms.ChoiceField(
        label="您的选择",
        widget=forms.RadioSelect,
        error_messages={"required": "请选择一项。", "invalid_choice": "这一项已不能选择，请重新选择。"},
    )

    def __init__(self, *args: Any, options: Sequence[Option], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["option"].choices = [  # type: ignore[attr-defined]
            (one.key, f"{one.label}。{one.detail}" if one.detail else one.label) for one in options
        ]
