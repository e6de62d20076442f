"""What an invigilator may say about a seat."""

from __future__ import annotations

from django import forms

from exams.enums import Attendance
from exams.models import Seat
from exams.services.attendance import state_attendance
from exams.services.closing import MOST_PAPERS
from exams.services.corrections import Recount, correct_attendance
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
    """Another state after the sitting was closed, why, and the papers counted again."""

    reason = forms.CharField(label="更正理由", max_length=200, required=False)
    papers = forms.IntegerField(label="收回份数", min_value=0, max_value=MOST_PAPERS, required=False)
    difference = forms.CharField(label="不一致的理由", max_length=200, required=False)

    def act_on(self, seat_id: int, *, by: Act) -> Seat:
        """Correct it."""
        attendance, given = self.chosen(), self.cleaned_data
        recount = Recount(given.get("papers"), given.get("difference", ""))
        return correct_attendance(
            seat_id, attendance=attendance, reason=given.get("reason", ""), recount=recount, by=by
        )
