"""What is typed about rechecks."""

from __future__ import annotations

from django import forms

from exams.enums import RecheckPoint


class RecheckForm(forms.Form):
    """What is to be rechecked; nothing else can be (rules M6)."""

    points = forms.MultipleChoiceField(
        label="请选择要复核的内容",
        choices=RecheckPoint.choices(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一项要复核的内容。", "invalid_choice": "请从列出的内容中选择。"},
    )


class TicketForm(forms.Form):
    """Whose published marks; asked for by a POST, so that no number stands in an address."""

    ticket = forms.CharField(
        label="准考证号",
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": "请填写准考证号。", "max_length": "准考证号是 12 位数字。"},
    )


class AnswerForm(forms.Form):
    """The answer that a mark stands, as the candidate will read it."""

    answer = forms.CharField(
        label="答复",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="本人会看到这段话：核对了什么，结果如何。",
        error_messages={"required": "请写明复核结果。", "max_length": "请控制在 300 字以内。"},
    )
