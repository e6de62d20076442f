"""The form by which a person looks up what an institution filed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from kupasi.errors import Refusal, add_to_form
from kupasi.people.enums import DocumentKind
from kupasi.people.forms import phone_field
from kupasi.people.rules import judge_document, judge_phone


class LookUpForm(forms.Form):
    """The document and the phone that one gave the institution; only their form is judged."""

    use_required_attribute = False
    kind = forms.ChoiceField(label="证件类型", choices=DocumentKind.choices(), initial=DocumentKind.RESIDENT_ID.value)
    number = forms.CharField(
        label="证件号码",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        error_messages={"required": "请填写证件号码。"},
    )
    phone = phone_field("报名时交给学校或机构的手机号，验证码会发到这个手机")

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on
        self.fields["phone"].error_messages["required"] = "请填写手机号。"

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "phone" in values:
            phone = judge_phone(values["phone"])
            for fact in phone.errors:
                add_to_form(self, Refusal.from_fact(fact), "phone")
            values["phone"] = phone.normalized
        if {"kind", "number"} <= values.keys():
            document = judge_document(values["kind"], values["number"], on=self.on)
            for fact in document.errors:
                add_to_form(self, Refusal.from_fact(fact), "number")
            values["number"] = document.normalized
        return values
