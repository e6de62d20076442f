"""Erasing a person: the person asks (or the desk for them), the supervisor approves (matrix: privacy.erase)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from kupasi import clock
from kupasi.people.models import Candidate
from kupasi.people.privacy import CLAUSE, ways
from kupasi.people.services import privacy

from .kinds import AskForm, Granted, Kind, Line, Payload


class EraseForm(AskForm):
    """What must stay is told for the day of asking."""

    def payload(self) -> dict[str, Any]:
        return {"on": clock.today().isoformat()}


def _rows(user: Any) -> QuerySet[Candidate]:
    return Candidate.objects.visible_to(user).exclude(name=privacy.ERASED)


def _state(person: Candidate, given: Payload) -> Payload:
    return {"number": person.pk, "erased": person.name == privacy.ERASED}


def _lines(person: Candidate, given: Payload) -> list[Line]:
    """What goes and what must stay, said once to both; what is under way is refused at once."""
    privacy.refuse_open_matters(person)
    duties = privacy.duties_of(person, on=date.fromisoformat(given["on"]))
    stays = [
        Line(
            "留存", duty.what, f"至 {duty.until:%Y-%m-%d}（{duty.clause}）" if duty.until else f"永久（{duty.clause}）"
        )
        for duty in duties
    ]
    goes = "账号、联系方式、信件、未提交的草稿" + ("" if stays else "、姓名、证件和照片")
    return [Line("删除", goes, "批准后立即删除，不能恢复"), *stays]


def _carry_out(granted: Granted) -> object:
    return privacy.erase(granted.about.pk, by=granted.by, reason="本人申请删除")


def _way(person: Candidate) -> str:
    return reverse("my-request", args=["erase_person", person.pk])


KINDS = [
    Kind(
        "erase_person",
        "删除个人资料",
        "privacy.erase",
        Candidate,
        _rows,
        _state,
        _lines,
        _carry_out,
        form=EraseForm,
        hint="批准后账号关闭，可以删除的资料立即删除；依规定须留存的，到期自动删除。",
        clause=CLAUSE,
        rehearse=False,
        subject=lambda pk: Candidate.objects.filter(pk=pk).values_list("user", flat=True).first(),
        url=lambda pk, user: reverse("admin:people_candidate_change", args=[pk]) if user.is_staff else "",
    )
]


def connect() -> None:
    """Called once when the app is ready."""
    ways["erase"] = _way
