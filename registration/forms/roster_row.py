"""One row of a list as a form: every cell as it was typed, with what was found under it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from registration.rules.roster_types import Finding
from registration.sheets.enums import REQUIRED, Column, Level

LONGEST = 200
HINTS = {
    Column.NAME: "与证件完全一致。",
    Column.DOCUMENT_KIND: "如 居民身份证、护照。",
    Column.SEX: "男 或 女；身份证号码能推出的可以不填。",
    Column.BIRTH_DATE: "如 2000-05-20；身份证号码能推出的可以不填。",
    Column.EXAM_KIND: "新考 或 补考；不填为新考。",
    Column.SUBJECTS: "如 全部，或 理论知识、操作技能。",
}


class RowForm(forms.Form):
    """Texts alone: the rules judge them as they judge a file's cells."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for column in Column:
            if column is not Column.ROW_ID:
                self.fields[column.value] = _field(column)

    @classmethod
    def of(cls, typed: Mapping[str, str]) -> RowForm:
        """Filled with what was typed."""
        return cls(initial={name: text for name, text in typed.items() if name != Column.ROW_ID})

    def cells(self, typed: Mapping[str, str]) -> dict[Column, str]:
        """The cells that were typed anew."""
        given = {Column(name): str(text) for name, text in self.cleaned_data.items()}
        return {column: text for column, text in given.items() if text != str(typed.get(column.value, "") or "")}

    def mark(self, findings: Iterable[Finding]) -> None:
        """Put each finding under its cell; the page shows them whether or not something was sent."""
        self.notes: dict[str, list[Finding]] = {}
        for one in findings:
            self.notes.setdefault(one.column.value, []).append(one)
        if self.is_bound:
            return
        self._errors = forms.utils.ErrorDict()
        for one in findings:
            if one.level is Level.ERROR and one.column.value in self.fields:
                text = f"{one.message}{f' 改法：{one.fix}' if one.fix else ''}"
                self._errors.setdefault(one.column.value, self.error_class()).append(ValidationError(text, one.code))


def _field(column: Column) -> forms.CharField:
    return forms.CharField(
        label=column.label,
        required=column in REQUIRED,
        max_length=LONGEST,
        strip=False,
        help_text=HINTS.get(column, ""),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": f"请填写{column.label}。", "max_length": f"最多 {LONGEST} 个字。"},
    )
