"""What was asked for, by whom and why, and who decided: rows that keep two people apart."""

from __future__ import annotations

import json
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from kupasi.people.fields import EncryptedTextField

from .enums import ProposalStatus
from .kinds import Kind, Line, registry

PERSON = settings.AUTH_USER_MODEL
S = ProposalStatus


class ProposalQuerySet(models.QuerySet["Proposal"]):
    """What was asked for, as somebody may see it."""

    def visible_to(self, user: Any) -> Self:
        """One's own; for the office also the kinds that one's role asks for, approves or reads."""
        if not user.is_authenticated:
            return self.none()
        if not user.is_staff:
            return self.filter(asked_by=user)
        seen = [kind.code for kind in registry.values() if kind.may_see_all(user)]
        return self.filter(Q(kind__in=seen) | Q(asked_by=user))

    def to_decide(self, user: Any) -> Self:
        """Open ones that this very person may approve now."""
        wanted = Q(pk__in=[])
        for kind in registry.values():
            if kind.may_approve(user):
                wanted |= Q(kind=kind.code) & _seats_left(kind, user)
        return self.filter(wanted, status=S.OPEN).exclude(asked_by=user).exclude(first_by=user)


def _seats_left(kind: Kind, user: Any) -> Q:
    """The first approval may take any seat that the person fits, the second the other one."""
    if kind.seats == ("",) or "" in kind.seats:
        return Q()
    fits = [index for index, role in enumerate(kind.seats) if role in user.role_names]
    if not fits:
        return Q(pk__in=[])
    taken = [role for index, role in enumerate(kind.seats) if index not in fits]
    if len(kind.seats) == len(fits):
        return Q()
    return Q(first_by=None) | Q(first_seat__in=taken)


class Proposal(models.Model):
    """An act that one person asked for and another must approve before it is carried out (rules A1, A4, C3).

    open → approved, refused, withdrawn by the asker, or failed when it could not be carried out any more.
    """

    kind = models.CharField("事项", max_length=24)
    about_type = models.CharField("对象类型", max_length=60)
    about_id = models.CharField("对象", max_length=64)
    about_text = models.CharField("对象名称", max_length=120, blank=True)
    content = EncryptedTextField("内容")
    state_digest = models.CharField(max_length=64, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    reason = models.CharField("理由", max_length=200)
    status = models.CharField("状态", max_length=10, choices=S.choices(), default=S.OPEN)
    needs_two = models.BooleanField("须两人批准", default=False)
    asked_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name="申请人")
    asked_at = models.DateTimeField("申请时间")
    first_by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+", verbose_name="第一批准人")
    first_at = models.DateTimeField("第一次批准时间", null=True)
    first_seat = models.CharField(max_length=24, blank=True, editable=False)
    decided_by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+", verbose_name="审批人")
    decided_at = models.DateTimeField("审批时间", null=True)
    decision_reason = models.CharField("审批说明", max_length=200, blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "审批事项"
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["status", "asked_at"], name="proposal_inbox")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_open_proposal",
                fields=["kind", "about_type", "about_id"],
                condition=Q(status=S.OPEN.value),
                violation_error_message="同一事项已有一份待审批的申请。",
            ),
            models.CheckConstraint(
                name="proposal_decided_by_another",
                condition=Q(decided_by=None) | Q(status=S.WITHDRAWN.value) | ~Q(decided_by=F("asked_by")),
                violation_error_message="申请人不能审批自己的申请。",
            ),
            models.CheckConstraint(
                name="proposal_first_by_another",
                condition=Q(first_by=None) | ~Q(first_by=F("asked_by")),
                violation_error_message="申请人不能审批自己的申请。",
            ),
            models.CheckConstraint(
                name="proposal_two_different",
                condition=Q(first_by=None)
                | Q(decided_by=None)
                | ~Q(status=S.APPROVED.value)
                | ~Q(decided_by=F("first_by")),
                violation_error_message="两次批准须由不同的人作出。",
            ),
            models.CheckConstraint(
                name="proposal_approved_by_two",
                condition=~Q(status=S.APPROVED.value, needs_two=True) | Q(first_by__isnull=False),
                violation_error_message="这一事项须两人批准。",
            ),
            models.CheckConstraint(
                name="proposal_decided_whole",
                condition=Q(status=S.OPEN.value, decided_by=None, decided_at=None)
                | (~Q(status=S.OPEN.value) & Q(decided_by__isnull=False, decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="proposal_with_reason", condition=~Q(reason=""), violation_error_message="请写明理由。"
            ),
            models.CheckConstraint(
                name="proposal_status_known", condition=Q(status__in=[one.value for one in ProposalStatus])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind_label}　{self.about_text}".strip()

    @property
    def kind_label(self) -> str:
        """What it is, in words."""
        found = registry.get(self.kind)
        return found.label if found else self.kind

    @property
    def payload(self) -> dict[str, Any]:
        """What was asked for."""
        return dict(json.loads(self.content)["payload"])

    @property
    def whole_lines(self) -> list[Line]:
        """What the approver is shown, nothing hidden."""
        return [Line(*one) for one in json.loads(self.content)["lines"]]

    @property
    def lines(self) -> list[Line]:
        """What the approver is shown: names and numbers masked."""
        return [one.masked() for one in self.whole_lines]

    @property
    def has_masked(self) -> bool:
        """Whether some line hides something."""
        return any(one.mask for one in self.whole_lines)
