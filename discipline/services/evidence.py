"""Evidence: hashed as it came, re-encoded so that nothing but its content travels on, encrypted (rules S8)."""

from __future__ import annotations

import hashlib
import io

from django.core.files.base import ContentFile
from django.db import transaction
from PIL import Image, ImageFile, ImageOps

from discipline.enums import Step
from discipline.models import Evidence
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal

from . import desk

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000
MOST_PAGES = 100
MOST_FILES = 30
KINDS = {b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png", b"%PDF-": "pdf"}
TYPES = {"jpg": "image/jpeg", "png": "image/png", "pdf": "application/pdf"}
UNSAFE = ("/OpenAction", "/AA", "/AcroForm", "/Names", "/Metadata", "/Outlines", "/AF")
BROKEN = "文件不完整或已损坏，请重新导出或重新拍摄后上传。"


@transaction.atomic
def add_evidence(case_id: int, *, by: Act, title: str, data: bytes) -> Evidence:
    """Keep a photo or PDF with a case; the same file again returns the one that is there.

    Staff's evidence waits for a second signer. Refuses with `empty`, `too_big`, `type`, `broken`, `too_many`,
    `wrong_status`.
    """
    case = desk.locked(case_id)
    if case.status in ("dropped", "overturned"):
        raise Refusal("wrong_status", "该事项已办结，不能再补充证据。", desk.CLAUSE)
    kind, content = reencoded(data)
    digest = hashlib.sha256(content).hexdigest()
    rows = Evidence.objects.filter(case=case)
    same = rows.filter(sha256=digest).first()
    if same is not None:
        return same
    if rows.count() >= MOST_FILES:
        raise Refusal("too_many", f"一个事项最多保存 {MOST_FILES} 份材料，请合并后再上传。", desk.CLAUSE)
    row = Evidence(
        case=case,
        title=desk.need(title, code="title_missing", message="请写明这份材料是什么。")[:80],
        kind=kind,
        received_sha256=hashlib.sha256(data).hexdigest(),
        sha256=digest,
        size=len(content),
        added_by=by.person,
        added_at=by.at,
        is_own=not by.person.is_staff,
    )
    row.file.save("evidence.bin", ContentFile(content), save=False)
    row.save(force_insert=True)
    record(by, "case.evidence", row, after={"case": case.pk, "sha256": digest, "received": row.received_sha256})
    desk.note_step(case, Step.EVIDENCE, by=by, note=row.title)
    return row


@transaction.atomic
def sign_evidence(evidence_id: int, *, by: Act) -> Evidence:
    """A second person of the staff signs a piece of evidence. Refuses with `same_person`."""
    row = Evidence.objects.select_for_update().get(pk=evidence_id)
    if row.signed_by_id is not None or row.is_own:
        return row
    if row.added_by_id == by.person.pk:
        raise Refusal("same_person", "证据须由另一名工作人员签署。", desk.CLAUSE)
    row.signed_by = by.person
    row.save(update_fields=["signed_by"])
    record(by, "case.evidence_signed", row)
    return row


def reencoded(data: bytes) -> tuple[str, bytes]:
    """The kind by the first bytes, and the content written anew: no metadata, no scripts, nothing attached."""
    if not data:
        raise Refusal("empty", "文件是空的，请重新选择。", desk.CLAUSE)
    if len(data) > MOST_BYTES:
        raise Refusal("too_big", "文件超过 10 MB，请压缩或分成几份后再上传。", desk.CLAUSE)
    kind = next((name for magic, name in KINDS.items() if data.startswith(magic)), "")
    if not kind:
        raise Refusal("type", "只接受 JPG、PNG 照片和 PDF，请转换格式后再上传。", desk.CLAUSE)
    return kind, _pdf(data) if kind == "pdf" else _picture(data, "JPEG" if kind == "jpg" else "PNG")


def _picture(data: bytes, form: str) -> bytes:
    try:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        image = Image.open(io.BytesIO(data), formats=[form])
        if image.width * image.height > MOST_PIXELS:
            raise Refusal("too_big", "照片像素过大，请缩小后再上传。", desk.CLAUSE)
        turned = ImageOps.exif_transpose(image).convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, OSError, ValueError, SyntaxError) as error:
        raise Refusal("broken", BROKEN, desk.CLAUSE) from error
    clean, out = Image.new("RGB", turned.size), io.BytesIO()
    clean.paste(turned)
    clean.save(out, form, **({"quality": 90} if form == "JPEG" else {}))
    return out.getvalue()


def _pdf(data: bytes) -> bytes:
    import pikepdf

    out = io.BytesIO()
    try:
        with pikepdf.open(io.BytesIO(data)) as document:
            if len(document.pages) > MOST_PAGES:
                raise Refusal("too_big", f"PDF 超过 {MOST_PAGES} 页，请分成几份后再上传。", desk.CLAUSE)
            for name in UNSAFE:
                if name in document.Root:
                    del document.Root[name]
            for page in document.pages:
                for name in ("/AA", "/Annots", "/AF"):
                    if name in page:
                        del page[name]
            del document.docinfo
            document.remove_unreferenced_resources()
            document.save(out, deterministic_id=True)
    except (pikepdf.PdfError, pikepdf.PasswordError, OSError, ValueError, RecursionError) as error:
        raise Refusal("broken", BROKEN, desk.CLAUSE) from error
    return out.getvalue()
