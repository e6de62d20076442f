"""Opening an account by a link: for the office and approvers by the administrator, for clerks by their approver.

The link is shown once, works once and for a week; only its hash is kept. Whoever opens it chooses the password, so
that nobody else ever knew it; staff enrol their second factor before the first page (matrix: account.create_staff,
account.create_clerk).
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.models import Invitation, Membership, User
from kupasi.people.roles import may, may_any

from . import staff
from .sessions import end_sessions

LIFE = timedelta(days=7)
CLAUSE = "权限表"
NOT_YOURS = "您的角色不能邀请或停用这个账号。"
CLERK, APPROVER = "institution_clerk", "institution_approver"
DEAD = "这个链接已失效：可能用过、过期或被撤回。请向邀请您的人要一个新的。"


def invitable(user: User) -> QuerySet[User]:
    """Whom somebody may invite: everybody without a person for the administrator, own clerks for an approver."""
    if may(user, "account.create_staff", how="ask"):
        return User.objects.filter(candidate=None).exclude(pk=user.pk)
    return own_clerks(user)


def own_clerks(user: User) -> QuerySet[User]:
    """Those of one's institution whose accounts an approver opens and closes (matrix: account.create_clerk).

    Not another approver's, nor that of somebody who is both: one person could sign as two, or keep the other from
    signing. Those are the office's affair, with two people of it (account.create_staff).
    """
    return own_people(user).exclude(pk__in=User.objects.filter(groups__name=APPROVER).values("pk"))


def own_people(user: User) -> QuerySet[User]:
    """The other clerks and approvers of an approver's institution."""
    if user.is_staff or not may(user, "account.create_clerk"):
        return User.objects.none()
    mine = Membership.objects.filter(user=user).values("institution")
    return User.objects.filter(candidate=None, membership__institution__in=mine).exclude(pk=user.pk)


@transaction.atomic
def invite(user_id: int, *, by: Act) -> tuple[str, Invitation]:
    """A new link for an account, and its row; a link given before is void. Sessions and the old password end.

    Refuses `not_allowed` and `account_closed`.
    """
    _expect(by, user_id)
    user = User.objects.select_for_update().get(pk=user_id)
    if not user.is_active:
        raise Refusal("account_closed", "账号已停用，请先重新启用。", CLAUSE)
    Invitation.objects.filter(user=user, used_at=None, withdrawn_at=None).update(withdrawn_at=by.at)
    token = secrets.token_urlsafe(32)
    row = Invitation.objects.create(
        user=user, token_hash=_hash(token), invited_by=by.person, invited_at=by.at, expires_at=by.at + LIFE
    )
    user.set_unusable_password()
    user.save(update_fields=["password"])
    end_sessions(user, by=by)
    record(by, "account.invite", user, after={"invitation": row.pk, "expires_at": row.expires_at})
    return token, row


@transaction.atomic
def invite_clerk(by: Act, *, username: str, name: str) -> tuple[str, Invitation]:
    """Open the account of a clerk of one's own institution and invite that person (matrix: account.create_clerk).

    Refuses `not_allowed`, and as `create_account` does.
    """
    membership = Membership.objects.select_related("institution").filter(user=by.person).first()
    allowed = membership is not None and not by.person.is_staff and may(by.person, "account.create_clerk")
    if membership is None or not allowed:
        raise Refusal("not_allowed", "只有机构审核人可以为本机构开设经办人账号。", CLAUSE)
    institution = membership.institution
    user = staff.create_account(by, username=username, name=name, roles=[CLERK], institution=institution)
    return invite(user.pk, by=by)


@transaction.atomic
def close_clerk(user_id: int, *, by: Act) -> User:
    """Close the account of a clerk of one's own institution; an open link is void. Refuses `not_allowed`."""
    if not own_clerks(by.person).filter(pk=user_id).exists():
        raise Refusal("not_allowed", NOT_YOURS, CLAUSE)
    Invitation.objects.filter(user=user_id, used_at=None, withdrawn_at=None).update(withdrawn_at=by.at)
    return staff.disable_account(user_id, by=by, reason="机构停用账号")


def open_invitation(token: str, *, by: Act) -> Invitation:
    """The row of a link that still works. Refuses `invitation_dead`, without saying why."""
    found = Invitation.objects.select_related("user").filter(
        token_hash=_hash(token), used_at=None, withdrawn_at=None, expires_at__gt=by.at, user__is_active=True
    )
    row = found.first()
    if row is None:
        raise Refusal("invitation_dead", DEAD, CLAUSE)
    return row


@transaction.atomic
def accept(token: str, *, password: str, by: Act) -> User:
    """Set the password of the invited account; the link is used up. Refuses `invitation_dead`."""
    row = Invitation.objects.select_for_update().get(pk=open_invitation(token, by=by).pk)
    if row.used_at is not None or row.withdrawn_at is not None:
        raise Refusal("invitation_dead", DEAD, CLAUSE)
    user = User.objects.select_for_update().get(pk=row.user_id)
    user.set_password(password)
    user.save(update_fields=["password"])
    row.used_at = by.at
    row.save(update_fields=["used_at"])
    record(Act(actor=user, at=by.at, address=by.address), "account.accept_invitation", user, after={"row": row.pk})
    return user


def may_invite(user: User) -> bool:
    """Whether the person's role invites anybody."""
    return may_any(user, "account.create_staff") or may(user, "account.create_clerk")


def _expect(by: Act, user_id: int) -> None:
    if not invitable(by.person).filter(pk=user_id).exists():
        raise Refusal("not_allowed", NOT_YOURS, CLAUSE)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
