"""The papers of a roster's tickets as files: one PDF, one for each class, or one for each person (通知 二(五); K1)."""

from __future__ import annotations

import hashlib
import io
import shutil
import zipfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import BinaryIO, cast

import pikepdf

from exams.models import TicketVersion
from kupasi.errors import Refusal

from .after import CLAUSE, TicketShown

NO_CLASS = "未分班"
MOST = 300  # tickets in one PDF: what a web worker may hold in memory, 130 MB


@contextmanager
def _kept() -> Iterator[BinaryIO]:
    """A nameless file on disk, rewound for whoever sends and closes it; closed at once if it comes to nothing."""
    out = cast(BinaryIO, TemporaryFile())  # noqa: SIM115 - it outlives this function
    try:
        yield out
    except BaseException:
        out.close()
        raise
    out.seek(0)


def one_pdf(shown: Collection[TicketShown]) -> BinaryIO:
    """The newest papers of these tickets as one PDF, in their order. Refuses `no_tickets`, `paper_missing`,
    `damaged`, `too_many`."""
    if len(shown) > MOST:
        message = f"一份 PDF 最多 {MOST} 张准考证，这里有 {len(shown)} 张。请下载“每班一份”或“每人一份”。"
        raise Refusal("too_many", message, CLAUSE)
    with _kept() as out, pikepdf.new() as book:
        for _, content in _papers(shown):
            with pikepdf.open(io.BytesIO(content)) as paper:
                book.pages.extend(paper.pages)
        book.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out


def zipped(shown: Iterable[TicketShown]) -> BinaryIO:
    """The newest papers as separate files in a folder for each class, named by ticket number and person, so that
    whoever hands them out finds each. Refuses `no_tickets`, `paper_missing`, `damaged`."""
    with _kept() as out, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for one, content in _papers(shown):
            archive.writestr(f"{plain(one.class_name) or NO_CLASS}/{one.ticket.number}_{plain(one.name)}.pdf", content)
    return out


def by_class(shown: Iterable[TicketShown]) -> BinaryIO:
    """One PDF for each class, in a zip; a class that is too large for one has several. Refuses `no_tickets`,
    `paper_missing`, `damaged`."""
    classes: dict[str, list[TicketShown]] = {}
    for one in shown:
        classes.setdefault(one.class_name, []).append(one)
    taken = Counter[str]()
    with _kept() as out, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for class_name, people in (classes or {"": []}).items():
            for start in range(0, max(len(people), 1), MOST):
                name = plain(class_name) or NO_CLASS
                taken[name] += 1
                full = f"{name}{f'_{taken[name]}' if taken[name] > 1 else ''}.pdf"
                with one_pdf(people[start : start + MOST]) as book, archive.open(full, "w") as to:
                    shutil.copyfileobj(book, to)
    return out


def _papers(shown: Iterable[TicketShown]) -> Iterator[tuple[TicketShown, bytes]]:
    """Each ticket with its newest paper, checked against its hash; none is left out without a word."""
    listed = list(shown)
    if not listed:
        raise Refusal("no_tickets", "还没有制作好的准考证，一般在考前 3 天发放。", CLAUSE)
    newest = {one.ticket.pk: one.ticket.version for one in listed}
    versions = TicketVersion.objects.filter(ticket__in=newest).exclude(file="")
    files = {one.ticket_id: one for one in versions if one.version == newest[one.ticket_id]}
    for one in listed:
        version = files.get(one.ticket.pk)
        if version is None:
            message = f"准考证 {one.ticket.number} 的文件已不在，不能一起下载；其余的请逐人打开，或联系业务受理点。"
            raise Refusal("paper_missing", message, CLAUSE)
        with version.file.open("rb") as file:
            content = file.read()
        if hashlib.sha256(content).hexdigest() != version.sha256:
            raise Refusal("damaged", f"准考证 {one.ticket.number} 的文件与登记的校验值不符，请联系业务受理点。", CLAUSE)
        yield one, content


def plain(text: str) -> str:
    """A file's name out of a class or a person: nothing that leads elsewhere."""
    return "".join(char if char.isalnum() or char in "（）-_·" else "_" for char in text).strip("_")[:40]
