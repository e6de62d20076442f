"""The forms of the institutions' pages: a new list, a file, a zip of portraits."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q

from kupasi.people.models import Institution
from registration.models import HeaderPreset

WORKBOOKS = ".xlsx,.csv"


class StartForm(forms.Form):
    """A new list: what it is called."""

    use_required_attribute = False
    label = forms.CharField(
        label="名称",
        required=False,
        max_length=60,
        help_text="便于区分，如班级；一个时间段可以有多份名单。",
        error_messages={"max_length": "名称请控制在 60 字以内。"},
    )


class FileForm(forms.Form):
    """A workbook or a text file, and how another system names its columns."""

    use_required_attribute = False
    file = forms.FileField(
        label="名单文件",
        help_text="本页下载的工作簿（.xlsx），或 CSV；20 MB 以内。上传后先核对，名单不会立刻改动。",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": WORKBOOKS}),
        error_messages={"required": "请选择要上传的文件。"},
    )
    preset = forms.ModelChoiceField(
        label="表头方案",
        queryset=HeaderPreset.objects.none(),
        required=False,
        empty_label="按本系统的工作簿",
        help_text="从其他系统导出的文件，请选择对应的方案。",
    )

    def __init__(self, *args: Any, institution: Institution, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        presets = HeaderPreset.objects.filter(Q(institution=None) | Q(institution=institution), is_active=True)
        self.fields["preset"].queryset = presets  # type: ignore[attr-defined]  # a ModelChoiceField
        if not presets.exists():
            del self.fields["preset"]


class PortraitForm(forms.Form):
    """One person's portrait."""

    use_required_attribute = False
    file = forms.FileField(
        label="选择照片",
        help_text="近期正面免冠、白色背景、竖版，JPG 或 PNG，10 MB 以内；尺寸会自动裁成 295×413。",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png"}),
        error_messages={"required": "请选择一张照片。"},
    )


class PhotosForm(forms.Form):
    """A zip of portraits."""

    use_required_attribute = False
    file = forms.FileField(
        label="照片包",
        help_text="一个 zip 文件，60 MB 以内；每张照片以“证件号码”或“姓名+证件号码”命名，JPG 或 PNG。",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".zip,application/zip"}),
        error_messages={"required": "请选择要上传的照片包。"},
    )
