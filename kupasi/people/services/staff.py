"""Accounts of the office and the institutions, and their roles (matrix: account.create_staff, role.grant)."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.db import transaction

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal, raise_first
from kupasi.people.models import Institution, Membership, User
from kupasi.people.roles import ROLES, STAFF
from kupasi.people.rules import judge_credit_code, judge_name

from .sessions import end_sessions

CLAUSE = "权限表"


@transaction.atomic
def create_account(
    by: Act, *, username: str, name: str, roles: list[str], password: str = "", institution: Institution | None = None
) -> User:
    """Open an account for somebody of the office or of an institution; without a password nobody can sign in yet.

    Refuses `username_taken`, `unknown_role`, `institution_missing`, and the name rules' codes.
    """
    judged = judge_name(name)
    raise_first(judged.errors)
    _check_roles(roles)
    if User.objects.filter(username=username).exists():
        raise Refusal("username_taken", "这个用户名已被使用，请换一个。")
    if institution is None and not STAFF.issuperset(roles):
        raise Refusal("institution_missing", "机构账号要选择所属机构。")
    user = User(username=username, name=judged.normalized, is_staff=not STAFF.isdisjoint(roles), date_joined=by.at)
    user.set_password(password or None)
    user.save(force_insert=True)
    user.groups.set(Group.objects.filter(name__in=roles))
    if institution is not None:
        Membership.objects.create(user=user, institution=institution)
    record(by, "account.create", user, after={"roles": sorted(roles), "institution": institution and institution.pk})
    return user


@transaction.atomic
def set_roles(user_id: int, *, roles: list[str], by: Act, reason: str = "") -> User:
    """Give and take roles; nobody changes their own, and sessions end so that the change holds at once.

    Refuses `own_roles`, `unknown_role`.
    """
    if by.actor is not None and by.actor.pk == user_id:
        raise Refusal("own_roles", "不能修改自己的角色，请由另一位管理员办理。", CLAUSE)
    _check_roles(roles)
    user = User.objects.select_for_update().get(pk=user_id)
    before = sorted(user.groups.values_list("name", flat=True))
    if before == sorted(roles):
        return user
    user.groups.set(Group.objects.filter(name__in=roles))
    user.is_staff = not STAFF.isdisjoint(roles)
    user.save(update_fields=["is_staff"])
    end_sessions(user, by=by)
    record(by, "role.grant", user, before={"roles": before}, after={"roles": sorted(roles)}, reason=reason)
    return user


@transaction.atomic
def disable_account(user_id: int, *, by: Act, reason: str = "") -> User:
    """Close an account; its sessions and keys end. Refuses `own_account`."""
    if by.actor is not None and by.actor.pk == user_id:
        raise Refusal("own_account", "不能停用自己的账号。", CLAUSE)
    user = User.objects.select_for_update().get(pk=user_id)
    if user.is_active:
        user.is_active = False
        user.save(update_fields=["is_active"])
        end_sessions(user, by=by)
        record(by, "account.disable", user, reason=reason)
    return user


@transaction.atomic
def enable_account(user_id: int, *, by: Act, reason: str = "") -> User:
    """Open a closed account again."""
    user = User.objects.select_for_update().get(pk=user_id)
    if not user.is_active:
        user.is_active = True
        user.save(update_fields=["is_active"])
        record(by, "account.enable", user, reason=reason)
    return user


@transaction.atomic
def reset_second_factor(user_id: int, *, by: Act, reason: str = "") -> User:
    """Forget a lost second factor: the person enrols a new one at the next sign-in. Refuses `own_account`."""
    if by.actor is not None and by.actor.pk == user_id:
        raise Refusal("own_account", "不能重置自己的两步验证，请由另一位管理员办理。", CLAUSE)
    user = User.objects.select_for_update().get(pk=user_id)
    Authenticator.objects.filter(user=user).delete()
    end_sessions(user, by=by)
    record(by, "account.reset_second_factor", user, reason=reason)
    return user


@transaction.atomic
def keep_institution(institution: Institution, *, fields: list[str], by: Act) -> Institution:
    """Write an institution's row, new or changed, with the names of the changed fields.

    Refuses with the codes of the 统一社会信用代码, and `institution_known` (通知 二(二)).
    """
    judged = judge_credit_code(institution.credit_code)
    raise_first(judged.errors)
    institution.credit_code = judged.normalized
    if Institution.objects.filter(credit_code=judged.normalized).exclude(pk=institution.pk).exists():
        raise Refusal("institution_known", "这个统一社会信用代码已经登记过，请查看已有的机构。", "通知 二(二)")
    is_new = institution.pk is None
    institution.save()
    record(by, "institution.create" if is_new else "institution.change", institution, after={"fields": fields})
    return institution


def _check_roles(roles: list[str]) -> None:
    if not set(roles) <= ROLES.keys() - {"candidate"}:
        raise Refusal("unknown_role", "没有这个角色，请从列出的角色中选择。", CLAUSE)
