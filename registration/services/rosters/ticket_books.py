"""The papers of a roster's tickets as files: one PDF, one for each class, or one for each person (通知 二(五); K1)."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections import Counter
from collections.abc import Iterable

import pikepdf

from exams.models import TicketVersion
from kupasi.errors import Refusal

from .after import CLAUSE, TicketShown

NO_CLASS = "未分班"


def one_pdf(shown: Iterable[TicketShown]) -> bytes:
    """The newest papers of these tickets as one PDF, in their order. Refuses `no_tickets`, `damaged`."""
    out = io.BytesIO()
    with pikepdf.new() as book:
        for _, content in _papers(shown):
            with pikepdf.open(io.BytesIO(content)) as paper:
                book.pages.extend(paper.pages)
        book.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def zipped(shown: Iterable[TicketShown]) -> bytes:
    """The newest papers as separate files in a folder for each class, named by ticket number and person, so that
    whoever hands them out finds each. Refuses `no_tickets`, `damaged`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for one, content in _papers(shown):
            archive.writestr(f"{plain(one.class_name) or NO_CLASS}/{one.ticket.number}_{plain(one.name)}.pdf", content)
    return out.getvalue()


def by_class(shown: Iterable[TicketShown]) -> bytes:
    """One PDF for each class, in a zip. Refuses `no_tickets`, `damaged`."""
    out, listed, taken = io.BytesIO(), list(shown), Counter[str]()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for class_name in dict.fromkeys(one.class_name for one in listed) or [""]:
            name = plain(class_name) or NO_CLASS
            taken[name] += 1
            book = one_pdf([one for one in listed if one.class_name == class_name])
            archive.writestr(f"{name}{f'_{taken[name]}' if taken[name] > 1 else ''}.pdf", book)
    return out.getvalue()


def _papers(shown: Iterable[TicketShown]) -> Iterable[tuple[TicketShown, bytes]]:
    """Each ticket with its newest paper, checked against its hash."""
    listed = list(shown)
    if not listed:
        raise Refusal("no_tickets", "还没有制作好的准考证，一般在考前 3 天发放。", CLAUSE)
    newest = {one.ticket.pk: one.ticket.version for one in listed}
    versions = TicketVersion.objects.filter(ticket__in=newest).exclude(file="")
    files = {one.ticket_id: one for one in versions if one.version == newest[one.ticket_id]}
    for one in listed:
        version = files.get(one.ticket.pk)
        if version is None:
            continue
        with version.file.open("rb") as file:
            content = file.read()
        if hashlib.sha256(content).hexdigest() != version.sha256:
            raise Refusal("damaged", f"准考证 {one.ticket.number} 的文件与登记的校验值不符，请联系业务受理点。", CLAUSE)
        yield one, content


def plain(text: str) -> str:
    """A file's name out of a class or a person: nothing that leads elsewhere."""
    return "".join(char if char.isalnum() or char in "（）-_·" else "_" for char in text).strip("_")[:40]
