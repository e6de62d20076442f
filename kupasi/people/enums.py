"""Choices about people, free of Django so that the rules may import them (rules 3 and contract `rules/document/`)."""

from __future__ import annotations

from enum import StrEnum


class Choice(StrEnum):
    """A stored code with the words that people see; `choices()` feeds model and form fields."""

    _label: str

    def __new__(cls, value: str, label: str) -> Choice:
        member = str.__new__(cls, value)
        member._value_ = value
        member._label = label
        return member

    @property
    def label(self) -> str:
        """The Chinese words for this choice."""
        return self._label

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Pairs (code, words) in the order of declaration."""
        return [(member.value, member.label) for member in cls]


class DocumentKind(Choice):
    """The identity documents that are accepted, by the codes of the contract."""

    RESIDENT_ID = "resident_id", "居民身份证"
    HK_MACAO_RESIDENCE = "hk_macao_residence", "港澳居民居住证"
    TAIWAN_RESIDENCE = "taiwan_residence", "台湾居民居住证"
    HK_MACAO_PERMIT = "hk_macao_permit", "港澳居民来往内地通行证"
    TAIWAN_PERMIT = "taiwan_permit", "台湾居民来往大陆通行证"
    FOREIGN_PERMANENT = "foreign_permanent", "外国人永久居留身份证"
    PASSPORT = "passport", "护照"


class Sex(Choice):
    """As the document states it; numbers hold it in their seventeenth digit (odd = male)."""

    MALE = "male", "男"
    FEMALE = "female", "女"
