"""What a person said against being filed for by an institution, and what the office found (rules E4)."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from registration.enums import ObjectionOutcome

from .applications import Application
from .rosters import Roster, RosterRow

PERSON = settings.AUTH_USER_MODEL


class RosterObjectionQuerySet(models.QuerySet["RosterObjection"]):
    """Objections as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """Along with the roster."""
        return self.filter(row__roster__in=Roster.objects.visible_to(user))

    def undecided(self) -> Self:
        """Those that the office has still to hear."""
        return self.filter(decided_at=None)


class RosterObjection(models.Model):
    """One objection to one line. The line stands still while it is open, and for good when it is upheld."""

    row = models.ForeignKey(  # kept by the database: PROTECT would load every row of a file that is put aside
        RosterRow, models.DO_NOTHING, related_name="objections", verbose_name="团体申报人员"
    )
    ended = models.ForeignKey(
        Application, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="因此撤回的申报"
    )
    raised_at = models.DateTimeField("提出时间")
    outcome = models.CharField("结论", max_length=8, choices=ObjectionOutcome.choices(), blank=True, default="")
    reason = models.CharField("理由（本人和机构可见）", max_length=200, blank=True, default="")
    decided_at = models.DateTimeField("办结时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="办理人"
    )

    objects = RosterObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "本人异议"
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_open_objection",
                fields=["row"],
                condition=Q(decided_at=None),
                violation_error_message="这条申报的异议正在办理。",
            ),
            models.CheckConstraint(
                name="objection_decided_whole",
                condition=Q(decided_at=None, decided_by=None, outcome="")
                | Q(
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                    outcome__in=[one.value for one in ObjectionOutcome],
                ),
                violation_error_message="办结异议须写明结论、时间和办理人。",
            ),
        ]

    def __str__(self) -> str:
        return f"异议 {self.pk}"
