"""Accounts, persons, their documents and photos, institutions, and what people agreed to."""

from __future__ import annotations

import functools
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.crypto import salted_hmac

from .acting import institution_of
from .crypto import blind_index
from .doors import ApiToken, ErasedPerson, Invitation, PhoneCode, SignedIn, SignInTrouble
from .enums import ConsentKind, DocumentKind, Education, Sex
from .fields import EncryptedTextField
from .masking import mask_document, mask_name, mask_phone
from .roles import may_any
from .storage import private_storage, upload_photo

__all__ = [
    "ApiToken",
    "Candidate",
    "Consent",
    "ConsentText",
    "ErasedPerson",
    "IdentityDocument",
    "Institution",
    "Invitation",
    "Membership",
    "PhoneCode",
    "Photo",
    "SignInTrouble",
    "SignedIn",
    "User",
]


class User(AbstractUser):
    """An account. Candidates sign in with their phone, everybody else with a user name."""

    first_name = None  # type: ignore[assignment]  # one field holds a Chinese name
    last_name = None  # type: ignore[assignment]
    name = models.CharField("姓名", max_length=50, blank=True)
    phone = EncryptedTextField("手机", blank=True)
    phone_index = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)
    sessions_from = models.DateTimeField("会话起点", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "账号"
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.name or self.username

    @functools.cached_property
    def role_names(self) -> frozenset[str]:
        """The codes of the person's roles."""
        return frozenset(self.groups.values_list("name", flat=True))

    @functools.cached_property
    def institution_id(self) -> int | None:
        """The institution for which the person acts, while it is active."""
        return institution_of(self.pk)

    def set_phone(self, phone: str) -> None:
        """Keep a normalised phone together with the hash by which it is found."""
        self.phone = phone
        self.phone_index = self.index_of(phone) if phone else None

    @staticmethod
    def index_of(phone: str) -> str:
        """The keyed hash by which a normalised phone is found."""
        return blind_index("phone", phone)

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """Sessions hang on the password and on `sessions_from`: moving that moment ends all of them."""
        words = f"{self.password}|{self.sessions_from.timestamp() if self.sessions_from else ''}"
        return salted_hmac("kupasi.people.User.session", words, secret=secret, algorithm="sha256").hexdigest()


class Institution(models.Model):
    """A school or training institution that files for its people (通知 二(二))."""

    name = models.CharField("名称", max_length=100)
    credit_code = models.CharField("统一社会信用代码", max_length=18, unique=True)
    contact = models.CharField("联系人", max_length=50, blank=True)
    is_active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "机构"
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """That a person acts for an institution."""

    user = models.OneToOneField(User, models.PROTECT, related_name="membership", verbose_name="账号")
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="memberships", verbose_name="机构")

    class Meta:
        verbose_name = verbose_name_plural = "机构成员"

    def __str__(self) -> str:
        return f"{self.user} · {self.institution}"


def acts_for(user: Any, action: str) -> int | None:
    """The institution whose people an action is open to for this person (matrix: T); None for everybody else."""
    institution: int | None = user.institution_id
    return institution if institution is not None and may_any(user, action) else None


def reads_people(user: Any) -> bool:
    """Whether somebody of the office looks people up (matrix: pii.full_id, app.review)."""
    allowed = may_any(user, "pii.full_id") or may_any(user, "app.review")
    return allowed and not user.role_names <= {"invigilator"}


class CandidateQuerySet(models.QuerySet["Candidate"]):
    """Persons as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """Oneself; the institution's own people; everybody for the office's reviewers and readers.

        Whoever only invigilates meets people in the own rooms, seat by seat, and looks up nobody.
        """
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self if reads_people(user) else self.none()
        if institution := acts_for(user, "pii.full_id"):
            return self.filter(institution=institution)
        return self.filter(user=user)

    def with_document(self, kind: str, key: str) -> Self:
        """Those who hold the document with this identity key."""
        return self.filter(documents__number_index=blind_index(kind, key))


class Candidate(models.Model):
    """A person who takes part, with or without an account (参评人员)."""

    user = models.OneToOneField(
        User, models.PROTECT, null=True, blank=True, related_name="candidate", verbose_name="账号"
    )
    institution = models.ForeignKey(
        Institution, models.PROTECT, null=True, blank=True, related_name="candidates", verbose_name="所属机构"
    )
    name = models.CharField("姓名", max_length=50)
    sex = models.CharField("性别", max_length=6, choices=Sex.choices())
    birth_date = models.DateField("出生日期")
    phone = EncryptedTextField("手机", blank=True)
    phone_index = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    phone_tail = models.CharField(max_length=4, blank=True, db_index=True, editable=False)
    email = models.EmailField("电子邮箱", blank=True)
    education = models.CharField("文化程度", max_length=24, blank=True, choices=Education.choices())
    employer = models.CharField("工作单位", max_length=100, blank=True)
    postal_address = EncryptedTextField("联系地址", blank=True)
    created_at = models.DateTimeField("建立时间")
    needs_identity_review = models.BooleanField("身份待人工核对", default=False)
    resembles = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="疑似同一人"
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", editable=False, verbose_name="已并入"
    )

    objects = CandidateQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "参评人员"
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(fields=["name"], name="candidate_name"),
            models.Index(fields=["birth_date", "name"], name="candidate_birth_name"),
            models.Index(fields=["id"], name="candidate_to_review", condition=models.Q(needs_identity_review=True)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="candidate_sex_known",
                condition=models.Q(sex__in=[one.value for one in Sex]),
                violation_error_message="性别不明。",
            )
        ]

    def __str__(self) -> str:
        return mask_name(self.name)

    def set_phone(self, phone: str) -> None:
        """Keep a normalised phone together with the hash and the tail by which it is found."""
        self.phone, self.phone_tail = phone, phone[-4:]
        self.phone_index = blind_index("phone", phone) if phone else ""

    @property
    def masked_phone(self) -> str:
        """138****1234."""
        return mask_phone(self.phone)


class IdentityDocument(models.Model):
    """A document that identifies one person; found by a keyed hash, unique over all persons (rules E8)."""

    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="documents", verbose_name="参评人员")
    kind = models.CharField("证件类型", max_length=20, choices=DocumentKind.choices())
    number = EncryptedTextField("证件号码")
    number_index = models.CharField(max_length=64, unique=True, editable=False)
    number_tail = models.CharField(max_length=6, db_index=True, editable=False)
    country = models.CharField("签发国家", max_length=3, blank=True)
    is_primary = models.BooleanField("当前使用", default=True)
    created_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "身份证件"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_primary_document",
                fields=["candidate"],
                condition=models.Q(is_primary=True),
                violation_error_message="一人只有一份当前使用的证件。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.masked}"

    @property
    def masked(self) -> str:
        """310***********1234."""
        return mask_document(self.number)


class PhotoQuerySet(models.QuerySet["Photo"]):
    """Photos as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """One's own; those of the institution's own people; the office's by role (matrix: pii.photo)."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            allowed = may_any(user, "pii.photo") and not user.role_names <= {"invigilator"}
            return self.exclude(file="") if allowed else self.none()
        if institution := acts_for(user, "pii.photo"):
            return self.filter(candidate__institution=institution).exclude(file="")
        return self.filter(candidate__user=user).exclude(file="")


class Photo(models.Model):
    """A portrait, re-encoded: JPEG, 295×413 pixels, without metadata. Never changed; a new one is a new row."""

    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="photos", verbose_name="参评人员")
    file = models.FileField("文件", storage=private_storage, upload_to=upload_photo)
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField("上传时间")

    objects = PhotoQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "照片"
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"照片 {self.pk}"


class ConsentText(models.Model):
    """A text that people agree to, in one version; a new wording is a new row."""

    kind = models.CharField("种类", max_length=20, choices=ConsentKind.choices())
    version = models.PositiveSmallIntegerField("版本")
    text = models.TextField("正文")
    effective_from = models.DateField("生效日期")

    class Meta:
        verbose_name = verbose_name_plural = "承诺与说明文本"
        ordering: ClassVar = ["kind", "-version"]
        constraints: ClassVar = [models.UniqueConstraint(name="consent_text_version", fields=["kind", "version"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} 第 {self.version} 版"


class Consent(models.Model):
    """That a person agreed to a text: which version, when, from where."""

    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="consents", verbose_name="账号")
    candidate = models.ForeignKey(Candidate, models.PROTECT, null=True, blank=True, related_name="consents")
    text = models.ForeignKey(ConsentText, models.PROTECT, related_name="+", verbose_name="文本")
    given_at = models.DateTimeField("时间")
    address = models.CharField("地址", max_length=45, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "同意记录"

    def __str__(self) -> str:
        return f"{self.text} {self.given_at:%Y-%m-%d %H:%M}"
