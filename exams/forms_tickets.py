"""What the holder of a ticket may say about it."""

from __future__ import annotations

from django import forms

from exams.services.ticket_answers import DISPUTE_LENGTH


class VersionForm(forms.Form):
    """Which version was looked at, so that nobody confirms what they have not seen."""

    version = forms.IntegerField(min_value=1, max_value=32767, widget=forms.HiddenInput)

    @property
    def seen(self) -> int:
        """The version; 0, which no ticket has, when it is missing or nonsense."""
        return self.cleaned_data.get("version", 0) if self.is_valid() else 0


class DisputeForm(VersionForm):
    """What is wrong on the ticket."""

    text = forms.CharField(
        label="哪里有误",
        max_length=DISPUTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="例如：姓名的某个字、证件号码的某一位、照片不是本人、两场时间冲突。请不要写完整的证件号码。",
    )
