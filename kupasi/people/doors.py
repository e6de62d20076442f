"""What opens an account or belongs to its being open: codes, keys, invitations, sessions; and who was erased."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from . import scopes
from .enums import CodePurpose

PERSON = settings.AUTH_USER_MODEL


class PhoneCode(models.Model):
    """A six-digit code sent to a phone: kept as a hash, for one purpose, ten minutes, five tries, one use."""

    phone_index = models.CharField(max_length=64, db_index=True)
    purpose = models.CharField(max_length=12, choices=CodePurpose.choices())
    code_hash = models.CharField(max_length=64)
    address = models.CharField(max_length=45, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "手机验证码"
        indexes: ClassVar = [models.Index(fields=["address", "created_at"], name="phone_code_address")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"


class SignInTrouble(models.Model):
    """Wrong passwords for one login name since a moment, and until when the name is locked."""

    key = models.CharField(max_length=64, primary_key=True)
    failures = models.PositiveSmallIntegerField(default=0)
    since = models.DateTimeField()
    locked_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "登录受阻"


class ApiToken(models.Model):
    """A key for the API: only its hash is kept; it opens what its scopes name, expires and can be withdrawn."""

    user = models.ForeignKey(PERSON, models.CASCADE, related_name="api_tokens", verbose_name="账号")
    key_hash = models.CharField(max_length=64, unique=True)
    scopes = models.CharField("范围", max_length=400, blank=True)
    created_at = models.DateTimeField("建立时间")
    expires_at = models.DateTimeField("到期时间")
    revoked_at = models.DateTimeField("撤回时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "接口密钥"

    def __str__(self) -> str:
        return f"{self.user} {self.created_at:%Y-%m-%d}"

    @property
    def opens(self) -> list[str]:
        """Its scopes in the words of the account page."""
        return [words for scope, words in scopes.choices() if scope in self.scopes.split()]


class SignedIn(models.Model):
    """That somebody signed in: on what sort of device, from where, until when. Kept six months (section 10)."""

    user = models.ForeignKey(PERSON, models.CASCADE, related_name="signed_in", verbose_name="账号")
    session_key = models.CharField(max_length=40, unique=True, null=True, editable=False)
    device = models.CharField("设备", max_length=40)
    address = models.CharField("地址", max_length=45, blank=True)
    began_at = models.DateTimeField("登录时间")
    seen_at = models.DateTimeField("最近使用", db_index=True)
    ended_at = models.DateTimeField("退出时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "登录记录"
        ordering: ClassVar = ["-seen_at"]

    def __str__(self) -> str:
        return f"{self.device} {self.began_at:%Y-%m-%d %H:%M}"


class Invitation(models.Model):
    """A link by which somebody opens the account that was made for them: one use, a week, kept as a hash."""

    user = models.ForeignKey(PERSON, models.CASCADE, related_name="invitations", verbose_name="账号")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="邀请人")
    invited_at = models.DateTimeField("邀请时间")
    expires_at = models.DateTimeField("到期时间")
    used_at = models.DateTimeField("使用时间", null=True, blank=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "邀请"
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_open_invitation",
                fields=["user"],
                condition=models.Q(used_at=None, withdrawn_at=None),
                violation_error_message="这个账号已有一份有效的邀请。",
            ),
            models.CheckConstraint(
                name="invited_by_another",
                condition=~models.Q(user=models.F("invited_by")),
                violation_error_message="不能邀请自己。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.invited_at:%Y-%m-%d}"


class ErasedPerson(models.Model):
    """That a person was erased: a keyed hash of the number, so that a restored backup is brought to the same state."""

    key = models.CharField(max_length=64, unique=True, editable=False)
    erased_at = models.DateTimeField("删除时间")
    finished_at = models.DateTimeField("全部删除时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "已删除的个人"
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.erased_at:%Y-%m-%d}"
