"""Accounts of the office: the administrator asks, the auditor approves (matrix: account.create_staff, role.grant)."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.db.models import QuerySet
from django.urls import reverse

from kupasi.errors import raise_first
from kupasi.people.models import Institution, User
from kupasi.people.roles import ROLES, STAFF
from kupasi.people.rules import judge_name
from kupasi.people.services import staff

from .kinds import AskForm, Granted, Kind, Line, Payload

ROLE_CHOICES = [(code, label) for code, label in ROLES.items() if code != "candidate"]
CLAUSE = "权限表"


class RolesForm(AskForm):
    """The roles that somebody is to have."""

    roles = forms.MultipleChoiceField(
        label="角色",
        choices=ROLE_CHOICES,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一个角色。"},
    )

    def prepare(self) -> None:
        if self.about is not None:
            self.initial["roles"] = list(self.about.groups.values_list("name", flat=True))

    def payload(self) -> dict[str, Any]:
        return {"roles": sorted(self.cleaned_data["roles"])}


class AccountForm(RolesForm):
    """A new account: user name, name, roles, and the institution of its people."""

    username = forms.RegexField(
        label="用户名",
        regex=r"^[A-Za-z0-9._-]{3,40}$",
        help_text="3–40 个字母、数字、点或横线，登录时使用。",
        error_messages={"required": "请填写用户名。", "invalid": "请只用字母、数字、点或横线，3–40 个。"},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(label="姓名", max_length=50, error_messages={"required": "请填写姓名。"})
    institution = forms.ModelChoiceField(
        label="所属机构",
        queryset=Institution.objects.filter(is_active=True),
        required=False,
        help_text="机构经办人、机构审核人必选。",
    )
    field_order = ("username", "name", "roles", "institution", "reason")

    def clean(self) -> dict[str, Any]:
        """People of an institution belong to one; nobody else does."""
        given = super().clean() or {}
        outside = set(given.get("roles", [])) - STAFF
        if outside and not given.get("institution"):
            self.add_error("institution", forms.ValidationError("机构账号要选择所属机构。", code="institution_missing"))
        return given

    def clean_name(self) -> str:
        """As every name is judged."""
        answer = judge_name(self.cleaned_data["name"])
        raise_first(answer.errors)
        return answer.normalized

    def payload(self) -> dict[str, Any]:
        given = self.cleaned_data
        institution = given["institution"].pk if given["institution"] else None
        return {**super().payload(), "username": given["username"], "name": given["name"], "institution": institution}


def others(user: Any) -> QuerySet[User]:
    """Accounts without a person behind them; nobody asks about their own."""
    return User.objects.filter(candidate=None).exclude(pk=user.pk)


def page(pk: Any, user: Any) -> str:
    """The account in the admin."""
    return reverse("admin:people_user_change", args=[pk]) if pk.isdigit() else ""


def _words(roles: list[str]) -> str:
    return "、".join(ROLES[one] for one in sorted(roles)) or "无"


def _roles(user: User) -> list[str]:
    return sorted(user.groups.values_list("name", flat=True))


def _open_account(granted: Granted) -> object:
    given = granted.payload
    institution = Institution.objects.filter(pk=given["institution"]).first() if given["institution"] else None
    return staff.create_account(
        granted.by, username=given["username"], name=given["name"], roles=given["roles"], institution=institution
    )


def _account_lines(about: None, given: Payload) -> list[Line]:
    institution = Institution.objects.filter(pk=given["institution"]).first() if given["institution"] else None
    return [
        Line("用户名", "", given["username"]),
        Line("姓名", "", given["name"]),
        Line("角色", "", _words(given["roles"])),
        Line("所属机构", "", str(institution or "—")),
    ]


def _subject(pk: Any) -> int | None:
    return int(pk)


def _factor(user: User) -> str:
    return "已设置" if Authenticator.objects.filter(user=user).exists() else "未设置"


KINDS = [
    Kind(
        "staff_account",
        "开设账号",
        "account.create_staff",
        User,
        others,
        lambda about, given: {"taken": User.objects.filter(username=given["username"]).exists()},
        _account_lines,
        _open_account,
        form=AccountForm,
        hint="批准后账号才会建立；随后由管理员生成邀请链接，本人自己设置密码。",
        clause=CLAUSE,
        is_new=True,
    ),
    Kind(
        "role_grant",
        "调整角色",
        "role.grant",
        User,
        others,
        lambda user, given: {"roles": _roles(user), "active": user.is_active},
        lambda user, given: [Line("角色", _words(_roles(user)), _words(given["roles"]))],
        lambda granted: staff.set_roles(
            granted.about.pk, roles=granted.payload["roles"], by=granted.by, reason=granted.reason
        ),
        form=RolesForm,
        hint="批准后立即生效，本人会被要求重新登录。",
        clause=CLAUSE,
        subject=_subject,
        url=page,
    ),
    Kind(
        "account_close",
        "停用账号",
        "account.create_staff",
        User,
        lambda user: others(user).filter(is_active=True),
        lambda user, given: {"active": user.is_active},
        lambda user, given: [Line("账号", "启用", "停用")],
        lambda granted: staff.disable_account(granted.about.pk, by=granted.by, reason=granted.reason),
        hint="批准后立即退出所有登录，接口密钥同时作废。",
        clause=CLAUSE,
        subject=_subject,
        url=page,
    ),
    Kind(
        "account_open",
        "重新启用账号",
        "account.create_staff",
        User,
        lambda user: others(user).filter(is_active=False),
        lambda user, given: {"active": user.is_active},
        lambda user, given: [Line("账号", "停用", "启用")],
        lambda granted: staff.enable_account(granted.about.pk, by=granted.by, reason=granted.reason),
        clause=CLAUSE,
        subject=_subject,
        url=page,
    ),
    Kind(
        "second_factor_reset",
        "重置两步验证",
        "account.create_staff",
        User,
        others,
        lambda user, given: {"factor": _factor(user), "active": user.is_active},
        lambda user, given: [Line("两步验证", _factor(user), "下次登录时重新设置")],
        lambda granted: staff.reset_second_factor(granted.about.pk, by=granted.by, reason=granted.reason),
        hint="请先当面核对本人身份。批准后本人下次登录须重新设置。",
        clause=CLAUSE,
        subject=_subject,
        url=page,
    ),
]
