"""What people type about certificates."""

from __future__ import annotations

from typing import Any

from django import forms

from kupasi.errors import Refusal, add_to_form

from .enums import Collector
from .models import NumberSeries, RegisterMapping
from .rules import judge_prefix
from .services.registers import check_columns

LONGEST = 400
DIGITS = frozenset("0123456789")
PLAIN = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}


class VerifyForm(forms.Form):
    """Number and name; both are judged by the register alone, so that every wrong pair gets one and the same answer."""

    number = forms.CharField(
        label="证书编号",
        help_text="印在证书上，共 22 位，以 S 或 Y 开头。",
        max_length=LONGEST,
        widget=forms.TextInput(attrs=PLAIN | {"maxlength": "40"}),
        error_messages={"required": "请填写证书编号。", "max_length": "编号过长，请核对。"},
    )
    name = forms.CharField(
        label="持证人姓名",
        help_text="与证书上的姓名一致。",
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "maxlength": "60"}),
        error_messages={"required": "请填写持证人姓名。", "max_length": "姓名过长，请核对。"},
    )


class FindForm(forms.Form):
    """The certificate on the counter: its number, typed, or its QR code, scanned."""

    number = forms.CharField(
        label="证书编号",
        help_text="可直接扫描证书上的二维码，或输入 22 位编号后按回车。",
        max_length=LONGEST,
        strip=True,
        widget=forms.TextInput(attrs=PLAIN | {"autofocus": True}),
        error_messages={"required": "请扫描或输入证书编号。"},
    )


class HandOverForm(forms.Form):
    """Who collects, and which papers were seen (通知 五)."""

    collector = forms.ChoiceField(
        label="领取人",
        choices=Collector.choices(),
        initial=Collector.SELF,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择领取人。", "invalid_choice": "请从列出的选项中选择。"},
    )
    document_seen = forms.BooleanField(label="已核对持证人本人证件", required=False)
    proxy_name = forms.CharField(
        label="代领人姓名", help_text="代领时填写。", max_length=50, required=False, widget=forms.TextInput(attrs=PLAIN)
    )
    proxy_document_seen = forms.BooleanField(label="已核对代领人证件", required=False)
    letter_seen = forms.BooleanField(label="已收存委托书", required=False)


class IssueForm(forms.Form):
    """Nothing to fill in: the register knows everything."""


class SeriesForm(forms.ModelForm):
    """A prefix as its document states it; the rule judges its form (rules X2)."""

    class Meta:
        model = NumberSeries
        fields = ("occupation", "prefix", "level_digit", "source", "is_sample")

    def clean(self) -> dict[str, Any]:
        """The rule's judgement, beside the field that it is about."""
        facts: dict[str, Any] = super().clean() or self.cleaned_data
        facts["prefix"] = facts.get("prefix", "").strip().upper()
        fact = judge_prefix(facts["prefix"], is_sample=facts.get("is_sample", False))
        if fact is not None and "prefix" not in self.errors:
            add_to_form(self, Refusal.from_fact(fact), "prefix")
        if facts.get("level_digit") and facts["level_digit"] not in DIGITS:
            self.add_error("level_digit", "等级位为一位数字，请按来文填写。")
        return facts

    def validate_constraints(self) -> None:
        """The service retires the prefix used so far before it enters this one."""


class ListForm(forms.Form):
    """What was shown, by its digest, and why it is right."""

    use_required_attribute = False
    expected = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reason = forms.CharField(
        label="说明",
        max_length=200,
        help_text="如：名单已与成绩公布表核对。审批人会看到，并长期留存。",
        error_messages={"required": "请写明理由。", "max_length": "请控制在 200 字以内。"},
    )


class NumbersForm(forms.Form):
    """A file of official numbers."""

    use_required_attribute = False
    file = forms.FileField(
        label="编号文件",
        help_text=".xlsx 或 .csv，第一行是列名：准考证号、姓名、证书编号。最多 5 MB。",
        error_messages={"required": "请选择文件。", "empty": "文件是空的。"},
    )


class ReasonForm(forms.Form):
    """Why it is sent; the approvers read it."""

    use_required_attribute = False
    reason = forms.CharField(label="说明", max_length=200, error_messages={"required": "请写明理由。"})


class ReceiptForm(forms.Form):
    """How one knows that a register was told."""

    use_required_attribute = False
    receipt = forms.CharField(
        label="回执",
        max_length=200,
        help_text="如受理编号或查询结果。",
        error_messages={"required": "请写明回执，如受理编号或查询结果。"},
    )


class CompareForm(forms.Form):
    """What a register shows, as its own file."""

    use_required_attribute = False
    file = forms.FileField(
        label="平台导出的文件",
        help_text=".xlsx 或 .csv，列名与模板相同。文件只用于这一次比对，不保存。",
        error_messages={"required": "请选择文件。", "empty": "文件是空的。"},
    )


class StockForm(forms.Form):
    """Everything that lies in the drawer, scanned one after the other."""

    use_required_attribute = False
    scanned = forms.CharField(
        label="扫描的证书",
        help_text="逐张扫描证书上的二维码，或输入编号，每行一张；扫完后提交。",
        max_length=4_000_000,
        widget=forms.Textarea(attrs={"rows": 12, "autofocus": True, "spellcheck": "false"}),
        error_messages={"required": "还没有扫描证书。"},
    )


class MappingForm(forms.ModelForm):
    """A register's columns, one a line: the column's name, the source, and codes where the register has its own."""

    lines = forms.CharField(
        label="列",
        widget=forms.Textarea(attrs={"rows": 14, "cols": 70, "spellcheck": "false"}),
        help_text="每行一列：列名 | 来源 | 代码（可省略）。例：状态 | status | valid=1, void=0",
    )

    class Meta:
        model = RegisterMapping
        fields = ("name", "content", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["lines"] = "\n".join(map(_line_of, self.instance.columns))

    def clean(self) -> dict[str, Any]:
        """The columns as data; the service judges them."""
        facts: dict[str, Any] = super().clean() or self.cleaned_data
        columns = [_column_of(line) for line in facts.get("lines", "").splitlines() if line.strip()]
        if facts.get("content") and not self.errors:
            try:
                check_columns(facts["content"], columns)
            except Refusal as refusal:
                add_to_form(self, refusal, "lines")
        self.instance.columns = columns
        return facts


def _column_of(line: str) -> list[Any]:
    title, _, rest = (part.strip() for part in line.partition("|"))
    source, _, codes = (part.strip() for part in rest.partition("|"))
    pairs = (one.partition("=") for one in codes.replace("，", ",").split(",") if "=" in one)
    return [title, source, {code.strip(): word.strip() for code, _, word in pairs}]


def _line_of(column: list[Any]) -> str:
    title, source, codes = column
    said = ", ".join(f"{code}={word}" for code, word in codes.items())
    return f"{title} | {source}" + (f" | {said}" if said else "")
