"""Kept passes: what a retake builds on, what a new application gave up, and which subjects follow which (通知 四)."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q

from kupasi.people.models import Candidate
from kupasi.people.roles import may_any

from .entries import Entry
from .marks import Mark
from .programme import Occupation, Subject


class KeptPass(models.Model):
    """A passed subject that a retake entry builds on: kept on the day of the retake's application (rules T1, T8)."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="kept_passes", verbose_name="补考")
    mark = models.ForeignKey(Mark, models.PROTECT, related_name="kept_for", verbose_name="保留成绩")

    class Meta:
        verbose_name = verbose_name_plural = "补考所依据的成绩"
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [models.UniqueConstraint(name="kept_pass_once", fields=["entry", "mark"])]

    def __str__(self) -> str:
        return str(self.mark)


class GivenUpQuerySet(models.QuerySet["GivenUpPass"]):
    """Given-up passes as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """One's own; all for the office's readers of marks (matrix: score.read)."""
        if not user.is_authenticated:
            return self.none()
        if not user.is_staff:
            return self.filter(entry__candidate__user=user)
        return self if may_any(user, "score.read") else self.none()


class GivenUpPass(models.Model):
    """A passed subject that a new full application gave up when it was confirmed; undone by nothing (rules T4)."""

    mark = models.OneToOneField(Mark, models.PROTECT, related_name="given_up", verbose_name="放弃的成绩")
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="gave_up", verbose_name="新申报的参评记录")
    words = models.CharField("本人确认", max_length=300, blank=True, help_text="提交新申报时确认的那句话")
    given_up_at = models.DateTimeField("放弃时间")

    objects = GivenUpQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "放弃的合格成绩"
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return str(self.mark)


class RetakeScheme(models.Model):
    """One line of a published retake scheme: who failed the old subject sits the new one (rules T6, 通知 四(三)).

    With a candidate it is what staff decided for this one person.
    """

    occupation = models.ForeignKey(Occupation, models.PROTECT, related_name="retake_schemes", verbose_name="职业")
    from_mode = models.PositiveSmallIntegerField("原考核模式版本")
    to_mode = models.PositiveSmallIntegerField("现考核模式版本")
    old_subject = models.ForeignKey(Subject, models.PROTECT, related_name="+", verbose_name="原不合格科目")
    new_subject = models.ForeignKey(Subject, models.PROTECT, related_name="+", verbose_name="应考科目")
    candidate = models.ForeignKey(
        Candidate, models.PROTECT, null=True, blank=True, related_name="retake_schemes", verbose_name="只适用于"
    )
    source = models.CharField("依据", max_length=200)
    created_at = models.DateTimeField("建立时间")

    class Meta:
        verbose_name = verbose_name_plural = "补考方案"
        ordering: ClassVar = ["occupation", "from_mode", "to_mode", "old_subject", "new_subject"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="scheme_line_once",
                fields=["from_mode", "to_mode", "old_subject", "new_subject"],
                condition=Q(candidate=None),
                violation_error_message="补考方案中已有这一行。",
            ),
            models.UniqueConstraint(
                name="scheme_line_once_for_one",
                fields=["candidate", "from_mode", "to_mode", "old_subject", "new_subject"],
                condition=Q(candidate__isnull=False),
                violation_error_message="已为本人确定过这一科目。",
            ),
            models.CheckConstraint(
                name="scheme_between_two_modes",
                condition=~Q(from_mode=F("to_mode")),
                violation_error_message="补考方案只用于考核模式有变化的情形。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.old_subject} → {self.new_subject}"
