"""The base of the application's forms: one value a field, messages in our own words."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict


class OnceForm(forms.Form):
    """A form that refuses a field sent twice with different values, so that no check looks at another than is kept."""

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        if isinstance(self.data, MultiValueDict):
            for name, field in self.fields.items():
                several = isinstance(field, forms.MultipleChoiceField)
                if not several and len(self.data.getlist(self.add_prefix(name))) > 1:
                    message = "这一项提交了多个值，请只填写一个后重新提交。"
                    self.add_error(name, forms.ValidationError(message, code="repeated"))
        return facts
