"""Papers and evidence of a case, opened by those who may see the case."""

from __future__ import annotations

from django.http import Http404, HttpResponse

from discipline.models import Case, CaseLetter, Evidence
from discipline.services.evidence import TYPES

PRIVATE = {"Cache-Control": "no-store, private", "X-Content-Type-Options": "nosniff"}


def file_answer(case: Case, kind: str) -> HttpResponse:
    """The PDF of this kind."""
    found = CaseLetter.objects.filter(case=case, kind=kind).first()
    if found is None:
        raise Http404
    with found.file.open("rb") as file:
        content = file.read()
    headers = PRIVATE | {"Content-Disposition": f'inline; filename="case-{case.number}-{kind}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def evidence_answer(row: Evidence) -> HttpResponse:
    """A piece of evidence; a PDF of somebody else's making is downloaded, never opened in the page."""
    with row.file.open("rb") as file:
        content = file.read()
    shown = "attachment" if row.kind == "pdf" else "inline"
    headers = PRIVATE | {"Content-Disposition": f'{shown}; filename="evidence-{row.pk}.{row.kind}"'}
    return HttpResponse(content, content_type=TYPES[row.kind], headers=headers)
