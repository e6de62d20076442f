"""What the person says about their own case."""

from __future__ import annotations

from django import forms

from discipline.services.hearing import STATEMENT_LENGTH


class WordsForm(forms.Form):
    """A text of one's own."""

    use_required_attribute = False
    text = forms.CharField(
        label="您要说明的情况",
        max_length=STATEMENT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="事情的经过、您的理由。可以分几次提交，作出决定之前都会一并考虑，不会因此加重处理。",
        error_messages={"required": "请写下您要说明的情况。"},
    )


class EvidenceForm(forms.Form):
    """A photo or PDF, with what it shows."""

    use_required_attribute = False
    title = forms.CharField(label="名称", max_length=80, error_messages={"required": "请写明这份材料是什么。"})
    file = forms.FileField(
        label="文件",
        help_text="JPG、PNG 照片或 PDF，10 MB 以内。存档时会重新编码并加密。",
        error_messages={"required": "请选择文件。", "empty": "文件是空的，请重新选择。"},
    )
