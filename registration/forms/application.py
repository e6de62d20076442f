"""The forms of the four steps and of handing in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from exams.models import OccupationCondition
from kupasi.people.enums import Education
from kupasi.people.models import ConsentText
from kupasi.people.photos import MOST_BYTES, SENTENCES
from kupasi.people.rules import judge_name
from registration.services.applications import Identity

from .steps import OnceForm


class IdentityForm(OnceForm):
    """身份: the name as on the document, education, employer, special needs."""

    name = forms.CharField(
        label="姓名",
        help_text="与证件完全一致；少数民族姓名的间隔号用“·”。",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "请填写姓名。", "max_length": "姓名过长，请按证件填写。"},
    )
    education = forms.ChoiceField(
        label="文化程度",
        choices=[("", "请选择"), *Education.choices()],
        error_messages={"required": "请选择文化程度。", "invalid_choice": "请从列出的文化程度中选择。"},
    )
    employer = forms.CharField(
        label="工作单位或学校",
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"max_length": "最多 100 个字，请用简称。"},
    )
    needs = forms.CharField(
        label="考试便利申请",
        help_text="如轮椅通道、大字试卷等；需要的话请写明，我们会提前联系您。",
        max_length=100,
        required=False,
        error_messages={"max_length": "最多 100 个字。"},
    )

    def clean_name(self) -> str:
        """A name that is none is told together with whatever else is amiss; the service judges it again."""
        name = str(self.cleaned_data["name"])
        for fact in judge_name(name).errors:
            raise forms.ValidationError(f"{fact.message}（依据：{fact.clause}）", code=fact.code)
        return name

    def identity(self) -> Identity:
        """What was filled in, for the service."""
        return Identity(**self.cleaned_data)


class PhotoForm(forms.Form):
    """照片: a file, or nothing when there is one already."""

    photo = forms.FileField(
        label="选择照片",
        help_text="近期正面免冠、白色背景、竖版，JPG 或 PNG，10 MB 以内；尺寸会自动裁成 295×413。",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png", "data-photo": ""}),
        error_messages={"required": "请选择一张照片。"},
    )

    def __init__(self, *args: Any, has_photo: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["photo"].required = not has_photo

    def content(self) -> bytes | None:
        """The uploaded bytes, at most one more than is allowed; None to keep the picture that is there."""
        upload = self.cleaned_data.get("photo")
        return upload.read(MOST_BYTES + 1) if upload is not None else None

    def clean_photo(self) -> Any:
        """The size is known before a byte is read."""
        upload = self.cleaned_data["photo"]
        if upload is not None and upload.size > MOST_BYTES:
            raise forms.ValidationError(SENTENCES["too_big"], code="too_big")
        return upload


class SubjectsForm(OnceForm):
    """职业与科目: one occupation; its subjects and fees are shown beside it."""

    occupation = forms.ChoiceField(
        label="申报职业",
        help_text="新申报须考该职业的全部科目。",
        widget=forms.RadioSelect,
        error_messages={"required": "请选择一个职业。", "invalid_choice": "请从列出的职业中选择。"},
    )

    def __init__(self, *args: Any, offered: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["occupation"].choices = offered  # type: ignore[attr-defined]  # a choice field


class PledgeForm(OnceForm):
    """承诺: every condition on its own, then the pledge in the version that was read."""

    conditions = forms.MultipleChoiceField(
        label="申报条件，请逐条确认",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "请逐条确认申报条件；不符合的，暂时不能申报。",
            "invalid_choice": "申报条件已更新，请重新确认。",
        },
    )
    pledge_version = forms.IntegerField(
        widget=forms.HiddenInput,
        error_messages={"required": "请阅读承诺书后再勾选。", "invalid": "请阅读承诺书后再勾选。"},
    )
    pledge = forms.BooleanField(
        label="我已阅读并同意以上承诺书",
        help_text="所勾选的文本、时间和网络地址将一并留存。",
        error_messages={"required": "请阅读并勾选承诺书。"},
    )

    def __init__(
        self, *args: Any, conditions: Sequence[OccupationCondition], text: ConsentText | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["conditions"].choices = [(one.pk, one.text) for one in conditions]  # type: ignore[attr-defined]
        self.fields["conditions"].required = bool(conditions)
        self.fields["pledge_version"].initial = text.version if text else None

    def declared(self) -> list[int]:
        """The keys of the conditions that were ticked."""
        return [int(key) for key in self.cleaned_data["conditions"]]


class SubmitForm(OnceForm):
    """提交: the token of what was shown, and giving up kept passes where there are any (rules T4)."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)
    gives_up = forms.BooleanField(label="", required=False)

    def __init__(self, *args: Any, sentence: str = "", token: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sentence, self.expected = sentence, token
        self.fields["token"].initial = token
        if sentence:
            self.fields["gives_up"].label = sentence
        else:
            del self.fields["gives_up"]

    def given_up(self) -> str:
        """The sentence that was confirmed, or nothing."""
        return self.sentence if self.cleaned_data.get("gives_up") else ""
