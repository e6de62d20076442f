"""Staff of an exam day: who does what at which site, and to which institutions somebody is tied."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from exams.enums import DutyRole
from kupasi.people.models import Institution
from kupasi.people.roles import has_cell

from .venues import Site


class DutyQuerySet(models.QuerySet["Duty"]):
    """Parts of an exam day as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """All for whoever arranges or reads arrangements (matrix: seat.arrange), otherwise one's own."""
        if not (user.is_authenticated and user.is_staff):
            return self.none()
        return self if has_cell(user, "seat.arrange", "YL") else self.filter(user=user)

    def led_by(self, user: Any) -> Self:
        """Those in which the person is the site's head."""
        return self.filter(role=DutyRole.HEAD, user=user)


class Duty(models.Model):
    """One person's part at a site on a day; one part and one site a day, so that nobody is in two places."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="duties", verbose_name="考核点")
    on = models.DateField("考试日")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="duties", verbose_name="人员")
    role = models.CharField("职务", max_length=12, choices=DutyRole.choices())

    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "当日考务人员"
        ordering: ClassVar = ["-on", "site", "role", "user"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_duty_a_day",
                fields=["user", "on"],
                violation_error_message="此人当天已有安排，同一天只能在一个考核点担任一项职务。",
            ),
            models.UniqueConstraint(
                name="one_head_a_day",
                fields=["site", "on"],
                condition=Q(role=DutyRole.HEAD.value),
                violation_error_message="该考核点当天已有负责人。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d} {self.site} {self.get_role_display()} {self.user}"


class Tie(models.Model):
    """A declared relation of staff to an institution: they are not put over its people while it lasts (回避)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="ties", verbose_name="人员")
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="ties", verbose_name="机构")
    words = models.CharField("关系", max_length=60, help_text="如：兼职教师")
    declared_on = models.DateField("申报日期")
    ended_on = models.DateField("解除日期", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "回避关系"
        ordering: ClassVar = ["user", "institution"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="tie_declared_once", fields=["user", "institution"], condition=Q(ended_on=None)
            ),
            models.CheckConstraint(
                name="tie_days_in_order",
                condition=Q(ended_on=None) | Q(ended_on__gte=F("declared_on")),
                violation_error_message="解除日期不能早于申报日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.institution}（{self.words}）"
