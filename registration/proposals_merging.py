"""Merging two registrations of one person: the desk asks, the supervisor approves (rules E8; matrix privacy.erase)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse

from kupasi.approvals.kinds import AskForm, Granted, Kind, Line, Payload
from kupasi.errors import Refusal
from kupasi.people.models import Candidate
from kupasi.people.privacy import CLAUSE
from kupasi.people.services import finding
from registration.services.merging import merge

PLAIN = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
SHORTEST = 7  # of a whole document number
NOBODY = "没有找到另一份登记，请填写完整证件号码，或“#”加人员编号。"


class MergeForm(AskForm):
    """Which other registration is the same person: by its whole document number, or by # and its key."""

    other = forms.CharField(
        label="要并入的另一份登记", max_length=40, widget=PLAIN, help_text="完整证件号码，或“#”加人员编号"
    )

    def prepare(self) -> None:
        if self.about.resembles_id:
            self.initial["other"] = f"#{self.about.resembles_id}"

    def clean_other(self) -> int:
        """The key of the one person who fits."""
        words, rows = self.cleaned_data["other"].strip(), Candidate.objects.visible_to(self.user)
        by_key = words.startswith("#") and words[1:].isdecimal() and len(words) < 12
        whole = len(words) >= SHORTEST and any(char.isdigit() for char in words)
        if not by_key and not whole:
            raise forms.ValidationError(NOBODY)
        found = rows.filter(pk=int(words[1:]), merged_into=None) if by_key else finding.find_people(rows, words)
        keys = list(found.exclude(pk=self.about.pk).values_list("pk", flat=True)[:2])
        if len(keys) != 1:
            raise forms.ValidationError(NOBODY)
        return int(keys[0])

    def payload(self) -> dict[str, Any]:
        return {"other": self.cleaned_data["other"]}


def _rows(user: Any) -> QuerySet[Candidate]:
    """Staff alone: nobody merges persons by guessing (E8)."""
    rows = Candidate.objects.visible_to(user).filter(merged_into=None)
    return rows if user.is_staff else rows.none()


def _other(given: Payload) -> Candidate:
    return Candidate.objects.get(pk=given["other"])


def _state(keep: Candidate, given: Payload) -> Payload:
    """Who they are by their documents, and that neither has gone elsewhere meanwhile."""
    other = _other(given)
    return {
        str(one.pk): [one.name, one.birth_date, one.merged_into_id, sorted(one.documents.values_list("pk", flat=True))]
        for one in (keep, other)
    }


def _lines(keep: Candidate, given: Payload) -> list[Line]:
    other = _other(given)
    if other.pk == keep.pk:
        raise Refusal("same_person", "这是同一份登记，不用合并。", "须知 一")
    counts = {
        "申报": other.applications.count(), "参评": other.entries.count(), "证书": other.certificates.count(),
        "禁考": other.bars.count(),
    }  # fmt: skip
    documents = [
        Line(f"证件（{one.get_kind_display()}）", one.number, one.number, "document") for one in other.documents.all()
    ]
    return [
        Line("姓名", other.name, keep.name, "name"),
        Line("出生日期", f"{other.birth_date}", f"{keep.birth_date}"),
        *documents,
        *[Line(f"{label}随之转入", f"{count} 份", f"人员 #{keep.pk}") for label, count in counts.items() if count],
    ]


def _carry_out(granted: Granted) -> object:
    return merge(granted.about.pk, other_id=int(granted.payload["other"]), by=granted.by, reason=granted.reason)


MERGING = Kind(
    "merge_persons",
    "合并同一人的两份登记",
    "privacy.erase",
    Candidate,
    _rows,
    _state,
    _lines,
    _carry_out,
    form=MergeForm,
    hint="批准前须核对两份证件原件。证件、申报、参评、成绩、证书和禁考都转到保留的一份；合并之后不能拆开。",
    clause=CLAUSE,
    subject=lambda pk: Candidate.objects.filter(pk=pk).values_list("user", flat=True).first(),
    url=lambda pk, user: reverse("admin:people_candidate_change", args=[pk]) if user.is_staff else "",
)
