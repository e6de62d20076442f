"""Choices about people, free of Django so that the rules may import them (rules 3 and contract `rules/document/`)."""

from __future__ import annotations

from enum import StrEnum


class Choice(StrEnum):
    """A stored code with the words that people see; `choices()` feeds model and form fields."""

    _label: str

    def __new__(cls, value: str, label: str = "") -> Choice:
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


class Education(Choice):
    """文化程度, as the application form asks for it."""

    PRIMARY = "primary", "小学"
    JUNIOR = "junior", "初中"
    SENIOR = "senior", "高中"
    SECONDARY_VOCATIONAL = "secondary_vocational", "中专、中职、技校"
    COLLEGE = "college", "大专、高职"
    BACHELOR = "bachelor", "本科"
    MASTER = "master", "硕士研究生"
    DOCTOR = "doctor", "博士研究生"


class ConsentKind(Choice):
    """What a person is asked to agree to; each text is kept by version."""

    PRIVACY = "privacy", "个人信息处理说明"
    DOCUMENT_IMAGE = "document_image", "证件影像留存"
    PLEDGE = "pledge", "申报承诺书"


class CodePurpose(Choice):
    """What a code sent by phone is good for; a code opens nothing else."""

    SIGN_UP = "sign_up", "注册"
    RESET = "reset", "重设密码"
    PHONE_CHANGE = "phone_change", "更换手机"
    ROSTER = "roster", "查询团体申报"
