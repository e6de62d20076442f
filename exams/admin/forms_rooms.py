"""Forms of a room's plan."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from exams.enums import Numbering
from exams.services.room_plans import Change, Layout

CELL = re.compile(r"(\d{1,2})\s*[-－–]\s*(\d{1,2})")
APART = re.compile(r"[\s,，、;；]+")

MARKS = {
    "accessible": ("设为无障碍座位", Change(is_accessible=True)),
    "plain": ("取消无障碍", Change(is_accessible=False)),
    "theory": ("只用于理论", Change(for_theory=True, for_practical=False)),
    "practical": ("只用于操作（考位）", Change(for_theory=False, for_practical=True)),
    "both": ("理论和操作都可用", Change(for_theory=True, for_practical=True)),
    "equipment": ("写明设备（填在下面）", None),
    "block": ("停用（原因填在下面）", None),
    "unblock": ("恢复使用", Change(blocked_why="")),
}


class PlanForm(forms.Form):
    """A grid of seats."""

    rows = forms.IntegerField(label="排数", min_value=1, max_value=50)
    columns = forms.IntegerField(label="列数（含过道）", min_value=1, max_value=50)
    numbering = forms.ChoiceField(label="编号顺序", choices=Numbering.choices())
    aisles = forms.CharField(
        label="过道所在的列", required=False, max_length=60, help_text="从左数，用逗号隔开，如 3，6；没有就留空"
    )
    missing = forms.CharField(
        label="没有座位的位置", required=False, max_length=300, help_text="排-列，用逗号隔开，如 1-1，6-5；没有就留空"
    )

    def clean_aisles(self) -> tuple[int, ...]:
        words = [one for one in APART.split(self.cleaned_data["aisles"]) if one]
        if not all(one.isascii() and one.isdigit() and len(one) < 3 for one in words):
            raise forms.ValidationError("请填写列数，用逗号隔开，如 3，6。")
        return tuple(sorted({int(one) for one in words}))

    def clean_missing(self) -> tuple[tuple[int, int], ...]:
        words = [one for one in APART.split(self.cleaned_data["missing"]) if one]
        found = [CELL.fullmatch(one) for one in words]
        if not all(found):
            raise forms.ValidationError("请按“排-列”填写，用逗号隔开，如 1-1，6-5。")
        return tuple(sorted({(int(one[1]), int(one[2])) for one in found if one}))

    @property
    def layout(self) -> Layout:
        """What was asked for."""
        given = self.cleaned_data
        return Layout(
            rows=given["rows"],
            columns=given["columns"],
            numbering=Numbering(given["numbering"]),
            aisles=given["aisles"],
            missing=given["missing"],
        )


class MarkForm(forms.Form):
    """What is to be said of the seats that are ticked in the plan."""

    what = forms.ChoiceField(label="对勾选的座位", choices=[(key, words) for key, (words, _) in MARKS.items()])
    words = forms.CharField(label="设备或停用原因", required=False, max_length=60)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        numbers = self.data.getlist("numbers") if hasattr(self.data, "getlist") else []
        cleaned["numbers"] = {int(one) for one in numbers if one.isascii() and one.isdigit() and len(one) < 5}
        if cleaned.get("what") == "block" and not cleaned.get("words", "").strip():
            self.add_error("words", "停用座位请写明原因，如：电源故障。")
        return cleaned

    @property
    def change(self) -> Change:
        """The change that was chosen."""
        what, words = self.cleaned_data["what"], self.cleaned_data["words"].strip()
        if what == "equipment":
            return Change(equipment=words)
        return MARKS[what][1] or Change(blocked_why=words)
