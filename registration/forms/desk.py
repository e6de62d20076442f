"""The counter's one form: the person, the portrait, the occupation, what was declared."""

from __future__ import annotations

from typing import Any

from django import forms

from exams.models import Occupation
from kupasi.people.enums import DocumentKind, Education, Sex
from kupasi.people.services.persons import PersonFacts
from registration.services.counter import CounterFacts

PLAIN = {"autocomplete": "off", "spellcheck": "false"}
OPTIONAL = [("", "按证件号码")]
KNOWN = ("name", "sex", "birth_date", "phone", "education", "employer")


class LookupForm(forms.Form):
    """A document scanned or typed: is the person known?"""

    kind = forms.ChoiceField(label="证件类型", choices=DocumentKind.choices())
    number = forms.CharField(
        label="证件号码", max_length=40, widget=forms.TextInput(attrs={**PLAIN, "autofocus": True})
    )
    use_required_attribute = False


class CounterForm(LookupForm):
    """Everything that submitting needs; birth date and sex may be left to the number."""

    country = forms.CharField(
        label="签发国家（护照）",
        max_length=3,
        required=False,
        widget=forms.TextInput(attrs={**PLAIN, "placeholder": "USA"}),
    )
    name = forms.CharField(label="姓名", max_length=60, widget=forms.TextInput(attrs=PLAIN))
    sex = forms.ChoiceField(label="性别", choices=[*OPTIONAL, *Sex.choices()], required=False)
    birth_date = forms.DateField(
        label="出生日期", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    phone = forms.CharField(label="手机", max_length=30, widget=forms.TextInput(attrs={**PLAIN, "inputmode": "tel"}))
    education = forms.ChoiceField(label="文化程度", choices=[("", "请选择"), *Education.choices()])
    employer = forms.CharField(label="工作单位", max_length=100, required=False, widget=forms.TextInput(attrs=PLAIN))
    needs = forms.CharField(label="考试便利需求", max_length=100, required=False, widget=forms.TextInput(attrs=PLAIN))
    occupation = forms.ChoiceField(label="申报职业", widget=forms.RadioSelect)
    photo = forms.FileField(
        label="照片", required=False, help_text="近期正面免冠白底照片，JPEG 或 PNG；已有照片的可以不选。"
    )
    photo_token = forms.CharField(required=False, widget=forms.HiddenInput)
    declared = forms.BooleanField(label="已与本人逐条核对申报条件和承诺书，本人将在打印的报名表上签字", required=False)
    gives_up = forms.BooleanField(label="本人知道缴费后将放弃仍有效的补考成绩", required=False)
    certificate_reason = forms.CharField(
        label="已持有该职业证书仍受理的理由", max_length=200, required=False, widget=forms.TextInput(attrs=PLAIN)
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = Occupation.objects.public()
        self.fields["occupation"].choices = [(one.code, one.name) for one in offered]  # type: ignore[attr-defined]

    def facts(self) -> CounterFacts:
        """What was typed, as the service takes it."""
        given = self.cleaned_data
        person = PersonFacts(
            name=given["name"],
            kind=given["kind"],
            number=given["number"],
            country=given["country"],
            birth_date=given["birth_date"],
            sex=Sex(given["sex"]) if given["sex"] else None,
            phone=given["phone"],
            education=given["education"],
            employer=given["employer"],
        )
        return CounterFacts(
            person=person,
            occupation=given["occupation"],
            declared=given["declared"],
            needs=given["needs"],
            gives_up=given["gives_up"],
            certificate_reason=given["certificate_reason"],
        )
