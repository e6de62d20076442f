"""What is assessed and what it costs (通知 一, 二(四)): data, so that adding an occupation needs no code."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q


class OccupationQuerySet(models.QuerySet["Occupation"]):
    """Occupations as the public may see them."""

    def public(self) -> Self:
        """Those offered at present."""
        return self.filter(is_active=True)


class Occupation(models.Model):
    """A 职业 with its level, e.g. 人工智能数据标注, 专项职业能力 (rules P1, P4)."""

    code = models.SlugField("代码", unique=True)
    number_code = models.CharField("两位编码", max_length=2, unique=True, help_text="用于准考证号第 5–6 位")
    name = models.CharField("名称", max_length=60, unique=True)
    level = models.CharField("等级", max_length=30, default="专项职业能力")
    direction = models.CharField("方向", max_length=30, blank=True)
    certificate_title = models.CharField("证书名称", max_length=40, default="职业技能等级证书")
    summary = models.TextField("简介", blank=True)
    involves_marking = models.BooleanField(
        "涉及阅卷或工件检测", default=False, help_text="是：成绩 30 个工作日内公布，否则 20 个"
    )
    exam_mode = models.PositiveSmallIntegerField("考核模式版本", default=1)
    is_active = models.BooleanField("开放申报", default=True)
    order = models.PositiveSmallIntegerField("顺序", default=0)

    objects = OccupationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "职业"
        ordering: ClassVar = ["order", "pk"]

    def __str__(self) -> str:
        return self.name


class OccupationCondition(models.Model):
    """One of the occupation's own conditions, declared by the candidate and ticked by the reviewer (rules E2)."""

    occupation = models.ForeignKey(Occupation, models.CASCADE, related_name="conditions", verbose_name="职业")
    text = models.CharField("条件", max_length=200)
    order = models.PositiveSmallIntegerField("顺序", default=0)
    is_active = models.BooleanField("有效", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "申报条件"
        ordering: ClassVar = ["order", "pk"]

    def __str__(self) -> str:
        return self.text


class SubjectQuerySet(models.QuerySet["Subject"]):
    """Subjects by the exam mode that has them."""

    def of_mode(self, mode: Any) -> Self:
        """The subjects of an exam mode: a version, or an expression that names one (rules P5)."""
        return self.filter(Q(until_mode=None) | Q(until_mode__gte=mode), from_mode__lte=mode)


class Subject(models.Model):
    """A 科目: theory or practical, passed from `pass_mark` on (rules M1), in the exam modes that have it (rules P5)."""

    occupation = models.ForeignKey(Occupation, models.PROTECT, related_name="subjects", verbose_name="职业")
    code = models.SlugField("代码", max_length=20)
    name = models.CharField("名称", max_length=30)
    pass_mark = models.DecimalField("合格分", max_digits=4, decimal_places=1, default=60)
    seat_word = models.CharField("座位称呼", max_length=4, default="座位")
    uses_station = models.BooleanField("使用考位", default=False, help_text="操作类科目用带设备的考位，不用普通座位")
    what_to_bring = models.CharField("需携带", max_length=200, blank=True)
    order = models.PositiveSmallIntegerField("顺序", default=0)
    from_mode = models.PositiveSmallIntegerField("自考核模式版本", default=1)
    until_mode = models.PositiveSmallIntegerField(
        "至考核模式版本（含）",
        null=True,
        blank=True,
        help_text="新模式不再考这一科目的，填最后一个版本；留空为一直沿用",
    )

    objects = SubjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "科目"
        ordering: ClassVar = ["occupation", "order"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="subject_code", fields=["occupation", "code"]),
            models.CheckConstraint(
                name="subject_modes_in_order",
                condition=Q(until_mode=None) | Q(until_mode__gte=F("from_mode")),
                violation_error_message="最后一个版本不能早于第一个版本。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_in(self, mode: int) -> bool:
        """Whether an exam mode has this subject (rules P5)."""
        return self.from_mode <= mode and (self.until_mode is None or mode <= self.until_mode)


class FeeQuerySet(models.QuerySet["Fee"]):
    """Prices by their day."""

    def on(self, day: date) -> Self:
        """The prices in force on a day."""
        return self.filter(Q(effective_until__gte=day) | Q(effective_until=None), effective_from__lte=day)


class Fee(models.Model):
    """The price of a subject in yuan from a day on (通知 二(四))."""

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="fees", verbose_name="科目")
    amount = models.DecimalField("金额（元）", max_digits=8, decimal_places=2)
    effective_from = models.DateField("生效日")
    effective_until = models.DateField("失效日（含）", null=True, blank=True)

    objects = FeeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "收费标准"
        ordering: ClassVar = ["subject", "-effective_from"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="fee_starts_once", fields=["subject", "effective_from"]),
            models.CheckConstraint(
                name="fee_not_negative", condition=Q(amount__gte=0), violation_error_message="金额不能为负。"
            ),
            models.CheckConstraint(
                name="fee_days_in_order",
                condition=Q(effective_until=None) | Q(effective_until__gte=F("effective_from")),
                violation_error_message="失效日不能早于生效日。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.amount} 元"
