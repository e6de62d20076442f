"""What an invigilator may say about a seat."""

from __future__ import annotations

from django import forms

from exams.enums import Attendance
from exams.models import Seat
from exams.services.attendance import correct_attendance, state_attendance
from kupasi.acts import Act
from kupasi.errors import Refusal


class StatementForm(forms.Form):
    """Present, late or absent, while the sitting is open."""

    attendance = forms.ChoiceField(label="到考", choices=Attendance.choices()[1:])

    def act_on(self, seat_id: int, *, by: Act) -> Seat:
        """State it."""
        return state_attendance(seat_id, attendance=self.chosen(), by=by)

    def chosen(self) -> str:
        """The state that was sent; anything else is refused like an unknown one."""
        if not self.is_valid() and "attendance" in self.errors:
            raise Refusal("unknown_state", "请选择到考、迟到或缺考。")
        return str(self.cleaned_data["attendance"])


class CorrectionForm(StatementForm):
    """Another state after the sitting was closed, and why."""

    reason = forms.CharField(label="更正理由", max_length=200, required=False)

    def act_on(self, seat_id: int, *, by: Act) -> Seat:
        """Correct it."""
        attendance = self.chosen()
        return correct_attendance(seat_id, attendance=attendance, reason=self.cleaned_data.get("reason", ""), by=by)
