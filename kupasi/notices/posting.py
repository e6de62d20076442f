"""Letters that did not arrive, on paper: printed with the address, posted, and the proof kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from kupasi.acts import Act
from kupasi.audit.services import compose, record, record_many
from kupasi.dates import local_day
from kupasi.errors import Refusal

from .enums import NoticeStatus
from .models import Notice, Posting

CLAUSE = "规则 10"
LONGEST_PROOF = 60


def undelivered() -> QuerySet[Notice]:
    """Letters to people that were given up: to be printed and posted, or told by telephone."""
    return Notice.objects.filter(status=NoticeStatus.FAILED, candidate__isnull=False)


@transaction.atomic
def take_printed(notice_ids: Iterable[int], *, by: Act) -> list[Notice]:
    """The undelivered letters among these whose readers have an address, for printing; each look is recorded.

    Refuses `nothing_to_print` when none of them is undelivered and has an address.
    """
    rows = Notice.objects.filter(pk__in=list(notice_ids), status=NoticeStatus.FAILED, candidate__isnull=False)
    found = [one for one in rows.select_related("candidate").order_by("pk") if one.candidate.postal_address]  # type: ignore[union-attr]
    if not found:
        message = "所选信件没有可以打印的：只打印未送达、且本人留有联系地址的信件；没有地址的请电话联系。"
        raise Refusal("nothing_to_print", message, CLAUSE)
    record_many([compose(by, "letter.printed", one) for one in found])
    return found


@transaction.atomic
def note_posted(notice_id: int, *, posted_on: date, proof: str, by: Act) -> Posting:
    """That a letter was taken to the post: when, and the number of the receipt. Noting the same again changes nothing.

    Refuses `wrong_status` for a letter that is not undelivered, `proof_missing`, `bad_day` for a day to come or before
    the letter was written.
    """
    notice = Notice.objects.select_for_update(of=("self",)).get(pk=notice_id)
    if known := _same(notice, posted_on=posted_on, proof=proof):
        return known
    if notice.status != NoticeStatus.FAILED or notice.candidate_id is None:
        raise Refusal("wrong_status", "这封信不在未送达之列，不用再登记邮寄。", CLAUSE)
    posting = _keep(notice, posted_on=posted_on, proof=proof, by=by)
    notice.status, notice.sent_at = NoticeStatus.POSTED, by.at
    notice.save(update_fields=["status", "sent_at"])
    return posting


@transaction.atomic
def note_posted_besides(notice_id: int, *, posted_on: date, proof: str, by: Act) -> Posting:
    """That a letter which was delivered went by post, too, as nobody answered it. The same again changes nothing.

    Refuses `posted_already`, `proof_missing`, `bad_day`.
    """
    notice = Notice.objects.select_for_update(of=("self",)).get(pk=notice_id)
    if known := _same(notice, posted_on=posted_on, proof=proof):
        return known
    if Posting.objects.filter(notice=notice).exists():
        raise Refusal("posted_already", "这封信的邮寄已经登记过了，请核对单号。", CLAUSE)
    return _keep(notice, posted_on=posted_on, proof=proof, by=by)


def _same(notice: Notice, *, posted_on: date, proof: str) -> Posting | None:
    return Posting.objects.filter(notice=notice, posted_on=posted_on, proof=_number(proof)).first()


def _number(proof: str) -> str:
    return " ".join(proof.split())


def _keep(notice: Notice, *, posted_on: date, proof: str, by: Act) -> Posting:
    number = _number(proof)
    if not number or len(number) > LONGEST_PROOF or not number.isprintable():
        raise Refusal("proof_missing", "请填写挂号或快递单号，作为交寄的凭证。", CLAUSE)
    if not local_day(notice.queued_at) <= posted_on <= by.on:
        raise Refusal("bad_day", "交寄日期不能早于写信之日，也不能晚于今天。", CLAUSE)
    posting = Posting.objects.create(
        notice=notice, posted_on=posted_on, proof=number, posted_by=by.person, noted_at=by.at
    )
    record(by, "letter.posted", notice, after={"posted_on": posted_on, "proof": number})
    return posting
