"""Evidence: hashed as it came, re-encoded so that nothing but its content travels on, encrypted (rules S8)."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.db import transaction
from PIL import Image, ImageFile, ImageOps

from discipline.enums import Checked, Step
from discipline.models import Evidence
from kupasi import scanning
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


def add_evidence(case_id: int, *, by: Act, title: str, data: bytes) -> Evidence:
    """Keep a photo or PDF with a case; the same file again returns the one that is there.

    A picture is drawn anew. A PDF is opened by nobody before a scanner or a second person has cleared it. Staff's
    evidence waits for a second signer. Refuses with `empty`, `too_big`, `type`, `broken`, `virus`, `too_many`,
    `wrong_status`.
    """
    kind, content = reencoded(data)
    verdict = scanning.look(data) if kind == "pdf" else scanning.Verdict.CLEAN
    if verdict == scanning.Verdict.INFECTED:
        raise Refusal("virus", "文件被查出含有病毒，没有保存。请清除后重新导出，或改交纸质材料。", desk.CLAUSE)
    checked = Checked.CLEAN if verdict == scanning.Verdict.CLEAN else Checked.WAITING
    return _keep(case_id, Sent(title, kind, data, content, checked), by=by)


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it came and as it is kept."""

    title: str
    kind: str
    received: bytes
    content: bytes
    checked: Checked


@transaction.atomic
def _keep(case_id: int, sent: Sent, *, by: Act) -> Evidence:
    case = desk.locked(case_id)
    if case.status in ("dropped", "overturned"):
        raise Refusal("wrong_status", "该事项已办结，不能再补充证据。", desk.CLAUSE)
    digest = hashlib.sha256(sent.content).hexdigest()
    rows = Evidence.objects.filter(case=case)
    same = rows.filter(sha256=digest).first()
    if same is not None:
        return same
    if rows.count() >= MOST_FILES:
        raise Refusal("too_many", f"一个事项最多保存 {MOST_FILES} 份材料，请合并后再上传。", desk.CLAUSE)
    row = Evidence(
        case=case,
        title=desk.need(sent.title, code="title_missing", message="请写明这份材料是什么。")[:80],
        kind=sent.kind,
        received_sha256=hashlib.sha256(sent.received).hexdigest(),
        sha256=digest,
        size=len(sent.content),
        added_by=by.person,
        added_at=by.at,
        is_own=not by.person.is_staff,
        checked=sent.checked,
    )
    row.file.save("evidence.bin", ContentFile(sent.content), save=False)
    row.save(force_insert=True)
    seen = {"case": case.pk, "sha256": digest, "received": row.received_sha256, "checked": row.checked}
    record(by, "case.evidence", row, after=seen)
    desk.note_step(case, Step.EVIDENCE, by=by, note=row.title)
    return row


def waiting_ids() -> list[int]:
    """The evidence that nobody has cleared; none is due where no scanner is named."""
    if not scanning.is_set():
        return []
    return list(Evidence.objects.filter(checked=Checked.WAITING).order_by("pk").values_list("pk", flat=True))


def scan_evidence(evidence_id: int, *, by: Act) -> Evidence:
    """Ask the scanner about a piece that waits; it stays waiting when there is no answer."""
    row = Evidence.objects.get(pk=evidence_id)
    with row.file.open("rb") as file:
        verdict = scanning.look(file.read())
    if verdict == scanning.Verdict.UNKNOWN:
        return row
    return _settle(evidence_id, Checked.CLEAN if verdict == scanning.Verdict.CLEAN else Checked.INFECTED, by=by)


@transaction.atomic
def release_evidence(evidence_id: int, *, by: Act, reason: str) -> Evidence:
    """Let a piece be opened on another person's word for how it was checked. Refuses with `same_person`, `virus`,
    `reason_missing`."""
    row = Evidence.objects.select_for_update().get(pk=evidence_id)
    if row.checked == Checked.INFECTED:
        raise Refusal("virus", "这份材料查出病毒，不能解除隔离；请当事人另行提交。", desk.CLAUSE)
    if row.added_by_id == by.person.pk:
        raise Refusal("same_person", "须由提交人以外的工作人员解除隔离。", desk.CLAUSE)
    words = desk.need(reason, code="reason_missing", message="请写明用什么方法查过。")[:200]
    return _settle(evidence_id, Checked.CLEAN, by=by, reason=words)


@transaction.atomic
def _settle(evidence_id: int, verdict: Checked, *, by: Act, reason: str = "") -> Evidence:
    row = Evidence.objects.select_for_update().get(pk=evidence_id)
    if row.checked != Checked.WAITING:
        return row
    row.checked, row.checked_by, row.check_reason = verdict, by.actor, reason
    row.save(update_fields=["checked", "checked_by", "check_reason"])
    record(by, "case.evidence_checked", row, after={"checked": row.checked}, reason=reason)
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
        turned = _flat(ImageOps.exif_transpose(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, OSError, ValueError, SyntaxError) as error:
        raise Refusal("broken", BROKEN, desk.CLAUSE) from error
    clean, out = Image.new("RGB", turned.size), io.BytesIO()
    clean.paste(turned)
    clean.save(out, form, **({"quality": 90} if form == "JPEG" else {}))
    return out.getvalue()


def _flat(image: Image.Image) -> Image.Image:
    """Eight bits a colour on white: sixteen bits of grey would turn white, dark ink on a clear ground black."""
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    ground = Image.new("RGB", clear.size, "white")
    ground.paste(clear, mask=clear.getchannel("A"))
    return ground


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
