"""A copy of everything held about oneself: one archive with a readable PDF, JSON, and the files (OP-015)."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from django.db import transaction
from django.template.loader import render_to_string

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.paper import lay_out
from kupasi.people.models import Candidate
from kupasi.people.privacy import sections

from . import privacy


@transaction.atomic
def copy_of(candidate: Candidate, *, by: Act) -> bytes:
    """The archive, made at once; the taking is recorded."""
    held = privacy.held(candidate)
    duties = privacy.duties_of(candidate, on=by.on)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        words = json.dumps(_plain(held, by=by), ensure_ascii=False, indent=1)
        archive.writestr("data.json", words)
        context = {"held": held, "duties": duties, "at": by.at}
        archive.writestr("data.pdf", lay_out(render_to_string("pdf/own_data.html", context), css="base.css"))
        for section in sections.values():
            for name, content in section.files(candidate):
                archive.writestr(name, content)
    record(by, "privacy.copy", candidate, after={"sections": [section.code for section, _ in held]})
    return out.getvalue()


def _plain(held: list[tuple[Any, list[Any]]], *, by: Act) -> dict[str, Any]:
    """Section → records → label and value."""
    return {
        "made_at": by.at.isoformat(),
        "sections": [
            {
                "code": section.code,
                "label": section.label,
                "records": [
                    {"title": one.title, "facts": {fact.label: fact.value for fact in one.facts}} for one in records
                ],
            }
            for section, records in held
        ],
    }
