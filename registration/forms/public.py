"""The 资格自查 form: asks for what the rules need, keeps nothing."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django import forms

from exams.models import Occupation
from kupasi.people.enums import DocumentKind

DATE_FORMATS = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日"]


class CheckForm(forms.Form):
    """Occupation and birth date; a document number only for those who want it checked too."""

    occupation = forms.ModelChoiceField(
        label="想申报的职业",
        queryset=Occupation.objects.none(),
        to_field_name="code",
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择一个职业。", "invalid_choice": "请从列出的职业中选择。"},
    )
    birth_date = forms.DateField(
        label="出生日期",
        help_text="与身份证件一致，例如 2006-05-20。",
        input_formats=DATE_FORMATS,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "min": "1900-01-01", "autocomplete": "bday"}),
        error_messages={"required": "请填写出生日期。", "invalid": "请填写真实的日期，例如 2006-05-20。"},
    )
    kind = forms.ChoiceField(
        label="证件类型",
        choices=[("", "不核对证件"), *DocumentKind.choices()],
        required=False,
        error_messages={"invalid_choice": "请从列出的证件类型中选择。"},
    )
    number = forms.CharField(
        label="证件号码",
        help_text="只核对号码写得对不对，不保存，也不查询是否有人用过。",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"max_length": "号码过长，请检查是否多填。"},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        offered = cast(forms.ModelChoiceField, self.fields["occupation"])
        offered.queryset = Occupation.objects.public()

    def clean_birth_date(self) -> date:
        """A birth date lies between 1900 and today."""
        born: date = self.cleaned_data["birth_date"]
        if not date(1900, 1, 1) <= born <= self.today:
            raise forms.ValidationError("出生日期应在 1900 年之后、今天之前，请核对。", code="out_of_range")
        return born

    def clean(self) -> dict[str, Any]:
        """Kind and number are given together or not at all."""
        facts = super().clean() or self.cleaned_data
        if facts.get("kind") and not facts.get("number") and "number" not in self.errors:
            self.add_error("number", forms.ValidationError("请填写证件号码，或选择“不核对证件”。", code="required"))
        if facts.get("number") and not facts.get("kind") and "kind" not in self.errors:
            self.add_error("kind", forms.ValidationError("请选择证件类型。", code="required"))
        return facts

    def facts(self) -> dict[str, Any]:
        """What the rules are asked about; the occupation only chooses which page to go on with."""
        return {key: self.cleaned_data[key] for key in ("birth_date", "kind", "number")}
