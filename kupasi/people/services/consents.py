"""The texts people agree to, by version, and their agreeing (section 10)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.db import transaction

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.enums import ConsentKind
from kupasi.people.models import Candidate, Consent, ConsentText

TEXTS = Path(__file__).parent.parent / "data" / "consents"
FIRST_DAY = date(2024, 1, 1)


def current_text(kind: ConsentKind, *, on: date) -> ConsentText:
    """The version in force on a day. Refuses with `no_text` when the office has not published one."""
    found = ConsentText.objects.filter(kind=kind, effective_from__lte=on).order_by("-version").first()
    if found is None:
        raise Refusal("no_text", f"“{kind.label}”尚未发布，请稍后再试或联系业务受理点。")
    return found


@transaction.atomic
def give_consent(candidate: Candidate, *, text_id: int, by: Act) -> Consent:
    """Keep that the person agreed to this version; agreeing twice keeps the first moment. Refuses `old_text`."""
    text = ConsentText.objects.get(pk=text_id)
    if text != current_text(ConsentKind(text.kind), on=by.on):
        raise Refusal("old_text", "这份文本已有新的版本，请阅读新版本后再同意。")
    given = Consent.objects.filter(candidate=candidate, text=text).first()
    if given is None:
        given = Consent.objects.create(
            user=by.actor, candidate=candidate, text=text, given_at=by.at, address=by.address
        )
        record(by, "consent.give", candidate, after={"text": text.pk, "kind": text.kind, "version": text.version})
    return given


def sync_texts(sender: AppConfig, using: str = "default", **kwargs: Any) -> None:
    """Publish the product's own first wording of each text where there is none; run after every migration."""
    for kind in ConsentKind:
        file = TEXTS / f"{kind.value}.txt"
        texts = ConsentText.objects.using(using).filter(kind=kind)
        if file.exists() and not texts.exists():
            texts.create(kind=kind, version=1, text=file.read_text(encoding="utf-8"), effective_from=FIRST_DAY)


@transaction.atomic
def publish_text(by: Act, *, kind: ConsentKind, text: str, effective_from: date) -> ConsentText:
    """Keep a new version of a text; what people agreed to before stays as it was."""
    last = ConsentText.objects.select_for_update().filter(kind=kind).order_by("-version").first()
    version = last.version + 1 if last else 1
    kept = ConsentText.objects.create(kind=kind, version=version, text=text, effective_from=effective_from)
    record(by, "consent.publish", kept, after={"kind": kind, "version": version, "from": effective_from})
    return kept
