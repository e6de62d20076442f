"""Who a person is: documents, names, phones and the key that recognises one person (rules 3, E8)."""

from kupasi.people.rules.documents import (
    DocumentAnswer,
    IdentityKey,
    check_character,
    document_kind_named,
    identity_key,
    judge_document,
    normalize_number,
)
from kupasi.people.rules.institutions import credit_check_character, judge_credit_code
from kupasi.people.rules.names import FieldAnswer, judge_name, judge_phone, normalize_name, normalize_phone
from kupasi.people.rules.text import one_line

__all__ = [
    "DocumentAnswer",
    "FieldAnswer",
    "IdentityKey",
    "check_character",
    "credit_check_character",
    "document_kind_named",
    "identity_key",
    "judge_credit_code",
    "judge_document",
    "judge_name",
    "judge_phone",
    "normalize_name",
    "normalize_number",
    "normalize_phone",
    "one_line",
]
