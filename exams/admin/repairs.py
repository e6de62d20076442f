"""Repairing an arrangement: what would be moved and why, then exactly that."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from exams.enums import SittingStatus
from exams.models import Entry, ExamSession, Sitting
from exams.services.repairs import RepairPreview, preview_repair, repair_session, spare_rooms
from kupasi.acts import Act
from kupasi.clock import SHANGHAI
from kupasi.errors import Refusal

from .arrange import does
from .seating import SeatingPages


class SittingsField(forms.ModelMultipleChoiceField):
    """Sittings to tick, each with day, hours, subject and room: one room is used more than once a day."""

    def label_from_instance(self, obj: Any) -> str:
        starts, ends = (one.astimezone(SHANGHAI) for one in (obj.starts_at, obj.ends_at))
        return f"{starts:%Y-%m-%d %H:%M}–{ends:%H:%M} {obj.subject} {obj.room}，已排 {obj.taken} 人"


class LostForm(forms.Form):
    """Sittings whose room cannot be used."""

    lost = SittingsField(
        label="不能使用的考场（按场选择）",
        queryset=Sitting.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, sittings: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lost"].queryset = sittings  # type: ignore[attr-defined]  # it is a choice of rows


class ReasonForm(forms.Form):
    """Why people are moved."""

    reason = forms.CharField(label="调整理由", max_length=200, help_text="会留存，如：12 号座位电源故障")


class RepairPages(SeatingPages):
    """The page of repairs, beside those of arranging."""

    def get_urls(self) -> list[URLPattern]:
        own = path("seating/<int:pk>/repair/", self.admin_site.admin_view(self.repair), name="exams_seating_repair")
        return [own, *super().get_urls()]

    @does("seat.arrange")
    def repair(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A preview of the fewest moves; confirming does exactly that."""
        session = get_object_or_404(ExamSession.objects.select_related("occupation"), pk=pk)
        act = Act.of(request)
        rows = Sitting.objects.filter(exam_session=session, status=SittingStatus.PLANNED, starts_at__gt=act.at)
        chosen = LostForm(request.POST or request.GET or None, sittings=rows.select_related("subject", "room__site"))
        lost = sorted(one.pk for one in chosen.cleaned_data["lost"]) if chosen.is_valid() else []
        reason = ReasonForm(request.POST or None)
        if request.method == "POST" and reason.is_valid():
            try:
                digest = request.POST.get("digest", "-")
                done = repair_session(pk, by=act, digest=digest, reason=reason.cleaned_data["reason"], lost=lost)
            except Refusal as refusal:
                self.tell(request, refusal)
            else:
                words = f"已调整 {done.moved} 人的座位，补排 {len(done.added)} 人；他们会收到新的准考证。"
                self.message_user(request, words, messages.SUCCESS)
                return redirect("admin:exams_seating_repair", pk)
        preview = preview_repair(pk, at=act.at, lost=lost)
        context = self.admin_site.each_context(request) | _shown(session, preview, lost)
        context |= {"lost_form": chosen, "reason_form": reason if request.method == "POST" else ReasonForm()}
        return TemplateResponse(request, "admin/exams/seating_repair.html", context)


def _shown(session: ExamSession, preview: RepairPreview, lost: list[int]) -> dict[str, Any]:
    """Everybody who moves with the old and the new seat; those without one; rooms that could help."""
    keys = {move.entry_id for _, move in preview.moves} | preview.homeless | set(preview.waiting)
    people = Entry.objects.filter(pk__in=keys).select_related("candidate").in_bulk()
    sittings = Sitting.objects.filter(exam_session=session).select_related("subject", "room__site").in_bulk()
    helping = [(sittings[one], spare_rooms(sittings[one])) for one in lost] if preview.homeless else []
    lost_seats = {(one.subject_id, key) for one in preview.subjects for key in one.lost}
    moves = [
        {
            "entry": people[move.entry_id],
            "before": (sittings[move.before[0]], move.before[1]) if move.before else None,
            "after": (sittings[move.after[0]], move.after[1]),
            "makes_room": move.before is not None and (subject_id, move.entry_id) not in lost_seats,
        }
        for subject_id, move in preview.moves
    ]
    return {
        "title": f"调整座位 · {session}",
        "session": session,
        "preview": preview,
        "lost": lost,
        "moves": moves,
        "homeless": [people[one] for one in sorted(preview.homeless)],
        "waiting": [people[one] for one in preview.waiting],
        "helping": helping,
    }
