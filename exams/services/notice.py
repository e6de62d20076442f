"""公告与下载: documents of the public site, in versions with a hash, published and withdrawn."""

from __future__ import annotations

import hashlib
from pathlib import PurePath

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Max

from exams.models import Document, DocumentVersion
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal

# Kinds that people may download from us, with the bytes that such a file begins with.
BEGINNINGS = {
    ".pdf": (b"%PDF-",),
    ".docx": (b"PK\x03\x04",),
    ".xlsx": (b"PK\x03\x04",),
    ".zip": (b"PK\x03\x04",),
    ".jpg": (b"\xff\xd8\xff",),
    ".png": (b"\x89PNG\r\n\x1a\n",),
}


@transaction.atomic
def write_document(*, title: str, body: str = "", by: Act) -> Document:
    """A new notice, not yet published."""
    document = Document.objects.create(title=title.strip(), body=body, created_at=by.at)
    record(by, "document.written", document, after={"title": document.title})
    return document


@transaction.atomic
def rewrite_document(document_id: int, *, title: str, body: str, by: Act) -> Document:
    """Other words for a notice; the old title stays in the record."""
    document = Document.objects.select_for_update().get(pk=document_id)
    if (document.title, document.body) == (title.strip(), body):
        return document
    before = {"title": document.title, "body": _hash(document.body.encode())}
    document.title, document.body = title.strip(), body
    document.save(update_fields=["title", "body"])
    record(
        by, "document.rewritten", document, before=before, after={"title": title.strip(), "body": _hash(body.encode())}
    )
    return document


@transaction.atomic
def add_version(document_id: int, *, content: bytes, file_name: str, by: Act) -> DocumentVersion:
    """A new version of a document's file, with its SHA-256. The same bytes again return the version that has them.

    Refuses with `file_empty`, `file_too_large`, `file_kind` (the name's ending and the content must agree).
    """
    name = PurePath(file_name.replace("\\", "/")).name[-120:]
    _judge_file(content, name)
    document = Document.objects.select_for_update().get(pk=document_id)
    digest = hashlib.sha256(content).hexdigest()
    last = document.versions.order_by("-version").first()
    if last is not None and (last.sha256, last.file_name) == (digest, name):
        return last
    number = (document.versions.aggregate(top=Max("version"))["top"] or 0) + 1
    version = DocumentVersion(document=document, version=number, file_name=name, size=len(content), sha256=digest)
    version.added_at = by.at
    version.file.save(name, ContentFile(content), save=False)
    version.save()
    record(by, "document.version_added", document, after={"version": number, "sha256": digest})
    return version


@transaction.atomic
def publish_document(document_id: int, *, by: Act) -> Document:
    """Show a notice on the public site. Refuses with `document_empty` when it has neither words nor a file."""
    document = Document.objects.select_for_update().get(pk=document_id)
    if document.published_at is not None and document.withdrawn_at is None:
        return document
    if not document.body.strip() and not document.versions.exists():
        raise Refusal("document_empty", "公告既没有正文也没有文件，请先补上。")
    document.published_at, document.withdrawn_at = by.at, None
    document.save(update_fields=["published_at", "withdrawn_at"])
    record(by, "document.published", document, after={"published_at": by.at})
    return document


@transaction.atomic
def withdraw_document(document_id: int, *, by: Act) -> Document:
    """Take a notice off the public site; it and its versions are kept. Refuses with `wrong_status`."""
    document = Document.objects.select_for_update().get(pk=document_id)
    if document.withdrawn_at is not None:
        return document
    if document.published_at is None:
        raise Refusal("wrong_status", "公告尚未公布，不需要撤下。")
    document.withdrawn_at = by.at
    document.save(update_fields=["withdrawn_at"])
    record(by, "document.withdrawn", document, after={"withdrawn_at": by.at})
    return document


def _judge_file(content: bytes, name: str) -> None:
    if not content:
        raise Refusal("file_empty", "文件是空的，请重新选择。")
    if len(content) > settings.UPLOAD_LIMIT:
        raise Refusal("file_too_large", "文件超过 20 MB，请压缩或拆分后再上传。")
    if not content.startswith(BEGINNINGS.get(PurePath(name).suffix.lower(), ()) or (b"\x00never",)):
        kinds = "、".join(ending.lstrip(".").upper() for ending in BEGINNINGS)
        raise Refusal("file_kind", f"请上传 {kinds} 文件，扩展名要与内容一致。")


def _hash(words: bytes) -> str:
    return hashlib.sha256(words).hexdigest()
