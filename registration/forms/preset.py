"""The form of a header preset: correspondences written one a line, as the office reads them from a file."""

from __future__ import annotations

from typing import Any

from django import forms

from kupasi.errors import Refusal, add_to_form
from registration.models import HeaderPreset
from registration.services.rosters.presets import judge_preset
from registration.sheets.enums import Column

LABELS = {column.value: column.label for column in Column}
ORDER = {label: place for place, label in enumerate(LABELS.values())}


def _lines(label: str, help_text: str, *, rows: int) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows, "cols": 50, "spellcheck": "false"})
    return forms.CharField(label=label, help_text=help_text, widget=area, required=False, max_length=5000)


def lines_of(preset: HeaderPreset) -> dict[str, str]:
    """The correspondences of a preset as they are written, one a line, by the name of their field.

    In the workbook's order: PostgreSQL's JSON keeps none of its own.
    """
    columns = sorted(preset.columns.items(), key=lambda pair: (_place(pair[1]), pair[0]))
    codes = (
        (ours, *pair) for ours in sorted(preset.values, key=_place) for pair in sorted(preset.values[ours].items())
    )
    return {
        "column_lines": "\n".join(f"{a} = {_ours(b)}" for a, b in columns),
        "value_lines": "\n".join(f"{_ours(ours)}：{a} = {b}" for ours, a, b in codes),
        "constant_lines": "\n".join(
            f"{_ours(a)} = {b}" for a, b in sorted(preset.constants.items(), key=lambda pair: _place(pair[0]))
        ),
    }


class PresetForm(forms.ModelForm):
    """Columns, codes and fixed words of another system's files."""

    column_lines = _lines("列名对应", "每行一列：文件中的列名 = 工作簿的列名。例：XM = 姓名", rows=12)
    value_lines = _lines("取值对应", "每行一个：列名：文件中的值 = 工作簿的值。例：证件类型：01 = 居民身份证", rows=12)
    constant_lines = _lines("固定取值", "文件中没有的列，一律取的值，每行一列。例：考核类型 = 新考", rows=4)

    class Meta:
        model = HeaderPreset
        fields = ("name", "institution", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "institution" in self.fields:  # whoever only reads is given no field
            self.fields["institution"].empty_label = "各机构通用"  # type: ignore[attr-defined]  # a ModelChoiceField
        self.initial.update(lines_of(self.instance))

    def clean(self) -> dict[str, Any]:
        """The lines as data, judged; a line without its sign, or said twice, is named."""
        facts: dict[str, Any] = super().clean() or self.cleaned_data
        columns = self._pairs("column_lines")
        values: dict[str, dict[str, str]] = {}
        for left, word in self._pairs("value_lines").items():
            ours, sign, code = (part.strip() for part in left.replace("：", ":").partition(":"))
            if not sign:
                self.add_error("value_lines", f"“{left}”前面要写明是哪一列，例：性别：1 = 男。")
            values.setdefault(ours, {})[code] = word
        self.instance.columns, self.instance.values = columns, values
        self.instance.constants = self._pairs("constant_lines")
        if not self.errors:
            try:
                judge_preset({name: getattr(self.instance, name) for name in ("columns", "values", "constants")})
            except Refusal as refusal:
                add_to_form(self, refusal)
        return facts

    def _pairs(self, name: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in filter(str.strip, self.cleaned_data.get(name, "").splitlines()):
            left, sign, right = (part.strip() for part in line.replace("＝", "=").partition("="))
            if not (left and sign and right) or left in found:
                said = "写了两次" if left in found else "没有写成“左边 = 右边”"
                self.add_error(name, f"“{line.strip()[:30]}”{said}，请改正这一行。")
            found[left] = right
        return found


def _place(name: str) -> int:
    """The column's place in the workbook; what is no column of ours stands last."""
    return ORDER.get(_ours(name), len(ORDER))


def _ours(name: str) -> str:
    """Our column by its word, whichever way it was kept."""
    return LABELS.get(name, name)
