"""The letters of a case as numbered PDFs, and the proof that they were served (rules S8)."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from discipline.enums import CaseStatus, LetterKind, ServedHow, Step
from discipline.models import Case, CaseLetter
from discipline.rules import clause_named, hearing_until, review_until
from exams.services.calendar import work_calendar
from exams.services.settings import number, office_facts
from kupasi import pdf, typeface
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.notices.services import queue
from kupasi.people.models import IdentityDocument

from . import desk

MARKS = {LetterKind.NOTICE: "违告", LetterKind.DECISION: "违决", LetterKind.REVIEW: "违复"}
STANDS_AT = {
    LetterKind.NOTICE: (CaseStatus.NOTICED, CaseStatus.HEARD),
    LetterKind.DECISION: (CaseStatus.DECIDED, CaseStatus.DROPPED),
    LetterKind.REVIEW: (CaseStatus.OVERTURNED, CaseStatus.SERVED, CaseStatus.CARRIED_OUT),
}


def letter_number(kind: LetterKind, case: Case, *, on: date) -> str:
    """库违决〔2025〕000001 号: one for each kind and case, so that no counter is fought over."""
    return f"库{MARKS[kind]}〔{on.year}〕{case.pk:06}号"


def make(case: Case, kind: LetterKind, *, by: Act, **facts: Any) -> CaseLetter:
    """Make the paper of this kind once, keep it encrypted, and tell the person where to read it."""
    found = CaseLetter.objects.filter(case=case, kind=kind).first()
    if found is not None:
        return found
    letter = CaseLetter(case=case, kind=kind, number=letter_number(kind, case, on=by.on), made_at=by.at)
    content = render(case, letter, by=by, **facts)
    letter.sha256 = hashlib.sha256(content).hexdigest()
    letter.file.save("letter.pdf", ContentFile(content), save=False)
    letter.save(force_insert=True)
    record(by, "case.letter", letter, after={"kind": kind, "sha256": letter.sha256})
    queue(
        by,
        key=f"case-letter:{letter.pk}",
        kind="case_letter",
        subject=f"{kind.label}（{letter.number}）",
        body=f"关于案号 {case.number} 的{kind.label}已制成，请登录查看内容、期限和您可以做的事。依据：须知 末段。",
        candidate=case.candidate,
        url=reverse("my-case", args=[case.pk]),
        about=case,
    )
    return letter


def render(case: Case, letter: CaseLetter, *, by: Act, **facts: Any) -> bytes:
    """The PDF: one page in the office's form, with facts, clause, decision and remedies."""
    fact = clause_named(case.clause.code)
    shown = {
        "case": case,
        "letter": letter,
        "on": by.on,
        "office": office_facts(),
        "clause_text": fact.text if fact else case.clause.text,
        "document": IdentityDocument.objects.filter(candidate=case.candidate, is_primary=True).first(),
        "hearing_days": number("hearing_working_days"),
        "review_days": number("review_days"),
        **facts,
    }
    html = render_to_string(f"pdf/case_{letter.kind}.html", shown)
    from weasyprint import HTML  # late: it needs system libraries

    sheets = [typeface.face(), pdf.stylesheet("base.css"), pdf.stylesheet("letter.css")]
    document = HTML(string=html, url_fetcher=pdf.fetcher())
    return bytes(document.write_pdf(font_config=pdf.fonts(), stylesheets=sheets))


@transaction.atomic
def serve(case_id: int, kind: LetterKind, *, by: Act, how: str, on: date, proof: str) -> CaseLetter:
    """Record that a paper was served: the clock to be heard, or to ask for a review, starts that day (S8).

    `on` may be the day of a public notice: the paper counts as served when the notice's days are over.
    Serving twice returns the first. Refuses with `wrong_status`, `proof_missing`, `bad_time`.
    """
    case = desk.locked(case_id)
    letter = CaseLetter.objects.select_for_update().filter(case=case, kind=kind).first()
    if letter is None:
        raise Refusal("wrong_status", "这份文书还没有制作，请先办理前一步。", desk.CLAUSE)
    if letter.served_on is not None:
        return letter
    desk.expect(case, *STANDS_AT[kind])
    letter.proof = desk.need(proof, code="proof_missing", message="请写明送达凭证，如签收人、邮件单号、公告地址。")[
        :200
    ]
    letter.served_how = ServedHow(how)
    if on > by.on or on < letter.made_at.astimezone(by.at.tzinfo).date():
        raise Refusal("bad_time", "送达日要在文书制成之后、今天或之前，请核对。", desk.CLAUSE)
    served_on = on
    if letter.served_how == ServedHow.PUBLIC:
        served_on = on + timedelta(days=number("public_notice_days"))
        letter.proof = f"{on} 公告：{letter.proof}"[:200]
    letter.served_on, letter.served_by = served_on, by.actor
    letter.save()
    record(by, "case.letter_served", letter, after={"how": letter.served_how, "on": served_on})
    _start_clock(case, kind, on=served_on, by=by)
    return letter


def _start_clock(case: Case, kind: LetterKind, *, on: date, by: Act) -> None:
    if kind == LetterKind.NOTICE:
        due = hearing_until(on, work_calendar(), days=number("hearing_working_days"))
        case.hearing_until, case.hearing_is_provisional = due.on, due.provisional
        desk.note_step(case, Step.NOTICE_SERVED, by=by)
    elif kind == LetterKind.DECISION and case.status == CaseStatus.DECIDED:
        case.review_until = review_until(on, days=number("review_days"))
        desk.move(case, CaseStatus.SERVED, Step.SERVED, by=by)
    else:
        desk.note_step(case, Step.SERVED, by=by)
