"""Papers and evidence of a case, opened by those who may see the case."""

from __future__ import annotations

from django.http import Http404, HttpResponse

from discipline.enums import Checked
from discipline.models import Case, CaseLetter, Evidence
from discipline.services import desk
from discipline.services.evidence import TYPES
from kupasi.errors import Refusal

QUARANTINED = "这份材料还没有查毒，暂时不能打开。请由提交人以外的工作人员在该事项页核实后解除隔离。"
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
    """A piece of evidence; a PDF of somebody else's making is downloaded, never opened in the page.

    Refuses with `quarantined` what nobody has cleared.
    """
    if row.checked != Checked.CLEAN:
        raise Refusal("quarantined", QUARANTINED, desk.CLAUSE)
    with row.file.open("rb") as file:
        content = file.read()
    shown = "attachment" if row.kind == "pdf" else "inline"
    headers = PRIVATE | {"Content-Disposition": f'{shown}; filename="evidence-{row.pk}.{row.kind}"'}
    return HttpResponse(content, content_type=TYPES[row.kind], headers=headers)
