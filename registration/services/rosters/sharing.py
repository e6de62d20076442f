"""Rows of one file that have a person or a phone in common: judged together whenever one of them changes."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from kupasi.errors import Refusal
from kupasi.people.rules import IdentityKey
from registration.models import RosterRow, RosterUpload
from registration.rules.roster_file import Ledger
from registration.rules.roster_types import Finding, RowAnswer, RowValues
from registration.sheets.enums import Level

from .drafts import CLAUSE
from .terms import Basis

OF_THE_FILE = frozenset({"duplicate_row", "duplicate_conflict", "phone_shared", "row_id_repeated"})


def sharing(upload: RosterUpload, row: RosterRow) -> set[int]:
    """The rows of the file that have this row's person or phone; the row itself among them."""
    same = Q(pk=row.pk)
    if row.number_index:
        same |= Q(number_index=row.number_index)
    if row.phone_index:
        same |= Q(phone_index=row.phone_index)
    return set(_rows(upload).filter(same).values_list("pk", flat=True))


def note_shared(upload: RosterUpload, ids: Collection[int], *, basis: Basis) -> None:
    """Ask the ledger again about these rows: what they shared may be gone, or new.

    Refuses with `rows_invalid` where a row that is on the list would turn bad by it.
    """
    rows = list(_rows(upload).filter(pk__in=ids).select_related("occupation").order_by("line"))
    ledger = Ledger(basis.rules.most_per_phone)
    noted = {row.line: ledger.add(row.line, masked(row)) for row in rows}
    for line, more in ledger.earlier().items():
        noted[line] += more
    for row in rows:
        _settle(row, noted[row.line], basis=basis)
        if row.is_current and not row.is_valid:
            message = f"改动后与名单第 {row.line} 行重复，名单没有改动，请更正后再保存。"
            raise Refusal("rows_invalid", message, CLAUSE, findings=row.findings)
    RosterRow.objects.bulk_update(rows, ["findings", "is_valid", "fee"], batch_size=500)


def masked(row: RosterRow) -> RowAnswer:
    """What the ledger needs of a stored row, by hashes."""
    code = row.occupation.code if row.occupation else ""
    values = RowValues(name=row.name, birth_date=row.birth_date, phone=row.phone_index, occupation=code)
    identity = IdentityKey("", row.number_index) if row.number_index else None
    return RowAnswer(values, {}, (), identity, row.key)


def _settle(row: RosterRow, noted: Collection[Finding], *, basis: Basis) -> None:
    own = [one for one in row.findings if one["code"] not in OF_THE_FILE]
    row.findings = [*own, *(one.as_dict() for one in noted)]
    row.is_valid = not any(one.get("level") == Level.ERROR for one in row.findings)
    code = row.occupation.code if row.occupation else ""
    row.fee = basis.fee(code, tuple(row.subjects)).total if row.is_valid else None


def _rows(upload: RosterUpload) -> QuerySet[RosterRow]:
    return RosterRow.objects.filter(upload=upload)
