"""What a marker types and what a publisher decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from exams.rules.marks import parse_mark
from exams.services.mark_columns import ABSENT_WORDS
from exams.services.mark_grid import GridRow
from exams.services.marks import ABSENT, correct_entry, enter_mark
from kupasi.acts import Act
from kupasi.errors import Refusal
from kupasi.people.models import Institution


@dataclass(frozen=True, slots=True)
class RowError:
    """A paper that was not saved: what was typed, why, and the value that is stored where that differs."""

    typed: str
    sentence: str
    current: str = ""


def save_grid(rows: Iterable[GridRow], data: Mapping[str, str], *, by: Act) -> tuple[int, dict[int, RowError]]:
    """Save every paper that was typed or changed, each on its own; returns how many, and the errors by seat.

    The same page sent twice saves once; what was typed for a paper that is no longer open is not dropped in silence.
    """
    saved, errors = 0, {}
    for row in rows:
        typed = data.get(f"seat-{row.seat.pk}", "")
        if typed == "" or _is_same(row, typed):
            continue
        if not row.is_open:
            errors[row.seat.pk] = RowError(typed, f"这份答卷{row.words}，不能再改，没有保存。", row.text)
            continue
        try:
            _save(row, typed, data.get(f"version-{row.seat.pk}", ""), by=by)
            saved += 1
        except Refusal as refusal:
            errors[row.seat.pk] = RowError(typed, refusal.sentence, str(refusal.extra.get("current", "")))
    return saved, errors


def _is_same(row: GridRow, typed: str) -> bool:
    """Whether this is what one's own entry says already, "80" like "80.0"."""
    if row.own is None:
        return False
    if row.own.is_absent:
        return typed in ABSENT_WORDS
    return parse_mark(typed).value == row.own.value


def _save(row: GridRow, typed: str, version: str, *, by: Act) -> None:
    value = ABSENT if typed in ABSENT_WORDS else typed
    if row.own is None:
        enter_mark(row.seat.pk, value=value, by=by)
    else:
        correct_entry(row.seat.pk, value=value, version=int(version) if version.isdecimal() else 0, by=by)


class TotalsForm(forms.Form):
    """Count and sum as the paper has them; both or neither."""

    use_required_attribute = False
    papers = forms.IntegerField(label="纸面份数（有分数的）", required=False, min_value=0, max_value=9999)
    total = forms.DecimalField(label="纸面分数合计", required=False, min_value=0, max_digits=8, decimal_places=1)

    def clean(self) -> dict[str, Any]:
        """One of the two alone says nothing."""
        given = self.cleaned_data
        if not self.errors and (given.get("papers") is None) != (given.get("total") is None):
            self.add_error("total", forms.ValidationError("份数与合计要一起填写。", code="totals_incomplete"))
        return given

    @property
    def is_stated(self) -> bool:
        """Something to keep."""
        return self.is_valid() and self.cleaned_data.get("papers") is not None


class ColumnForm(forms.Form):
    """A column of marks: pasted, or in a file made from the template."""

    use_required_attribute = False
    column = forms.CharField(
        label="粘贴一列",
        required=False,
        strip=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text="从电子表格复制“准考证号、成绩”两列后粘贴；也可以只粘贴成绩一列，按录分表的顺序对应待录的答卷。",
    )
    file = forms.FileField(
        label="上传填好的模板",
        required=False,
        help_text=".xlsx、.xls 或 CSV，不超过 4 MB；表头须有“准考证号”和“成绩”。",
        error_messages={"empty": "这个文件是空的，请重新选择。"},
    )

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        given = self.cleaned_data
        if not self.errors and bool(given.get("column", "").strip()) == bool(given.get("file")):
            raise forms.ValidationError("请粘贴一列，或者选择一个文件，二者选一项。", code="one_source")
        return given


class RelationForm(forms.Form):
    """A marker's own relation: to an institution, or to the person of a ticket's number."""

    use_required_attribute = False
    institution = forms.ModelChoiceField(
        label="机构", required=False, queryset=Institution.objects.order_by("name"), empty_label="（不选）"
    )
    ticket = forms.CharField(
        label="准考证号",
        required=False,
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text="与某一位参评人员有关系时填写；机构与准考证号二者填一项。",
    )
    words = forms.CharField(
        label="关系说明",
        max_length=100,
        help_text="如“曾任教的学校”“亲属”；不要写姓名和证件号码。",
        error_messages={"required": "请简要说明关系。"},
    )


class ApproveForm(forms.Form):
    """The hash of what was looked at, and from when on it may be seen."""

    use_required_attribute = False
    expected_hash = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)
    publish_at = forms.DateTimeField(
        label="定时公布",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"],
        help_text="到这一时刻自动公布，此前任何人都看不到；不填则批准后由人工公布。",
    )


class ReasonForm(forms.Form):
    """Why something is taken back, held or released."""

    reason = forms.CharField(label="理由", max_length=200)
