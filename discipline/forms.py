"""What a supervisor types about a bar."""

from __future__ import annotations

from typing import Any

from django import forms

from kupasi.people.enums import DocumentKind
from kupasi.people.models import Candidate
from kupasi.people.rules import identity_key

from .models import Bar
from .rules import judge_span
from .services.bar_lists import MOST_BYTES


class BarForm(forms.ModelForm):
    """A bar as the authorities notified it; the person is found by the document's number."""

    kind = forms.ChoiceField(label="证件类型", choices=DocumentKind.choices())
    number = forms.CharField(
        label="证件号码",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "请填写证件号码。"},
    )

    country = forms.CharField(label="护照签发国家", help_text="仅护照填写，三位代码。", max_length=3, required=False)

    class Meta:
        model = Bar
        fields = ("kind", "number", "country", "clause", "barred_from", "barred_until", "source")

    def clean(self) -> dict[str, Any]:
        """Find the person; nobody is taken by guessing (rules E8)."""
        facts: dict[str, Any] = super().clean() or self.cleaned_data
        if facts.get("kind") and facts.get("number"):
            key = identity_key(DocumentKind(facts["kind"]), facts["number"], country=facts.get("country", ""))
            facts["candidate"] = Candidate.objects.with_document(*key).first()
            if facts["candidate"] is None:
                self.add_error("number", "登记中没有持这份证件的人，请与来文核对证件类型和号码。")
        first, last = facts.get("barred_from"), facts.get("barred_until")
        wrong = judge_span(first, last) if first and last else None
        if wrong is not None:
            self.add_error("barred_until", forms.ValidationError(wrong.message, code=wrong.code))
        return facts

    def validate_constraints(self) -> None:
        """The days were compared above, with a sentence that says what to do."""


class BarListForm(forms.Form):
    """A list of bars as the authorities sent it."""

    use_required_attribute = False
    source = forms.CharField(
        label="依据（来文机关和文号）", max_length=120, error_messages={"required": "请写明来文的机关和文号。"}
    )
    file = forms.FileField(
        label="名单（Excel 或 CSV）",
        help_text="第一行为列名，按模板填写，号码和日期设为文本；一次最多 1000 人。",
        error_messages={"required": "请选择文件。", "empty": "文件是空的，请重新选择。"},
    )

    def clean_file(self) -> Any:
        """Not too large to be read."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError("文件超过 512 KB，请分成几份后再上传。", code="too_big")
        return file
