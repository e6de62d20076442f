"""Complaints: what the public writes, how it asks, what the office answers."""

from __future__ import annotations

from django import forms


class ComplaintForm(forms.Form):
    """What was seen; a name only if one wants."""

    use_required_attribute = False
    text = forms.CharField(
        label="情况",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="时间、地点、看到什么。请不要写他人的完整证件号码。",
        error_messages={"required": "请写明情况。"},
    )
    name = forms.CharField(label="您的姓名", required=False, max_length=50, help_text="可以不填，匿名同样受理。")
    contact = forms.CharField(
        label="联系方式", required=False, max_length=100, help_text="只用于核实和答复，加密保存。"
    )


class AskForm(forms.Form):
    """How far a complaint is."""

    use_required_attribute = False
    number = forms.CharField(label="编号", max_length=16, error_messages={"required": "请填写编号，如 TS 开头的一串。"})
    key = forms.CharField(
        label="查询口令",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "请填写提交时给您的口令。"},
    )


class ReplyForm(forms.Form):
    """The answer."""

    use_required_attribute = False
    answer = forms.CharField(
        label="答复",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "请写明怎样核实、结果如何。"},
    )
    case_number = forms.CharField(label="已立案的案号", required=False, max_length=16)


class ReceiptForm(forms.Form):
    """That a register outside was told."""

    use_required_attribute = False
    receipt = forms.CharField(label="回执", max_length=200, error_messages={"required": "请填写平台给的回执。"})
