"""What waits at the front desk, and since when."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q, QuerySet

from kupasi import clock
from kupasi.queues import Queue, register
from registration.enums import OPEN, ApplicationStatus, ChoiceStatus, OrderStatus
from registration.models import Application, DisruptionChoice, Order, Payment
from registration.services import deadlines, review, roster_orders

S = ApplicationStatus
APPLICATIONS = "admin:registration_application_changelist?queue="
ORDERS = "admin:registration_order_changelist?queue="


def to_review(user: Any) -> QuerySet[Application]:
    """Submitted, and not entered by this person."""
    return Application.objects.visible_to(user).to_review().exclude(created_by=user)


def originals_missing(user: Any) -> QuerySet[Application]:
    """On their way, and the signed original is not in."""
    return Application.objects.visible_to(user).filter(status__in=review.TAKES_ORIGINAL, original_at=None)


def unpaid(user: Any) -> QuerySet[Order]:
    """Approved and not confirmed yet."""
    of_roster = Q(roster__isnull=False, status__in=[OrderStatus.OPEN, OrderStatus.PART])
    return Order.objects.visible_to(user).filter(Q(application__status=S.APPROVED) | of_roster)


def part_overdue(user: Any) -> QuerySet[Order]:
    """Partly paid when the deadline was over: a person decides."""
    now = clock.now()
    own, rosters = deadlines.part_paid_overdue(now), roster_orders.part_paid_overdue(now)
    late = Q(pk__in=own.values("pk")) | Q(pk__in=rosters.values("pk"))
    return Order.objects.visible_to(user).filter(late)


def money_astray(user: Any) -> QuerySet[Order]:
    """More than was owed, or money for an application that has ended otherwise."""
    ended = (Q(application__isnull=False) & ~Q(application__status__in=[*OPEN, S.CONCLUDED])) | Q(
        roster__isnull=False, status=OrderStatus.CLOSED
    )
    return Order.objects.visible_to(user).holding().filter(Q(paid__gt=F("total") + F("refunded")) | ended)


def to_countersign(user: Any) -> QuerySet[Payment]:
    """Recorded by somebody else of finance, and not yet compared with the slip."""
    return Payment.objects.visible_to(user).filter(countersign=None).exclude(recorded_by=user)


register(
    Queue(
        "payments-to-countersign",
        "到账待复核",
        "order.mark_paid",
        to_countersign,
        "admin:registration_payment_changelist?countersigned=no",
        "received_at",
        hint="日结：与小票核对金额和凭证号",
        how="approve",
        late_days=1,
    )
)
APPLICATION_QUEUES = {
    "review": register(
        Queue(
            "to-review",
            "待审核",
            "app.review",
            to_review,
            APPLICATIONS + "review",
            "submitted_at",
            hint="核对材料，通过、退回或不予受理",
            how="approve",
        )
    ),
    "originals": register(
        Queue(
            "originals-missing",
            "原件未收",
            "app.create_counter",
            originals_missing,
            APPLICATIONS + "originals",
            "submitted_at",
            hint="收到签名报名表后扫码登记",
            how="",
            late_days=10,
        )
    ),
}
ORDER_QUEUES = {
    "unpaid": register(
        Queue(
            "approved-unpaid",
            "已通过、待缴费",
            "order.mark_paid",
            unpaid,
            ORDERS + "unpaid",
            "created_at",
            hint="核对到账并登记",
            how="approve",
            late_days=7,
        )
    ),
    "part-overdue": register(
        Queue(
            "part-paid-overdue",
            "部分到账且已逾期",
            "order.mark_paid",
            part_overdue,
            ORDERS + "part-overdue",
            "application__pay_until",
            hint="系统不自动判失效，请联系本人",
            how="approve",
            late_days=0,
        )
    ),
    "astray": register(
        Queue(
            "money-astray",
            "多缴或申报已结束",
            "order.mark_paid",
            money_astray,
            ORDERS + "astray",
            "created_at",
            hint="款项需核对处理",
            how="approve",
            late_days=7,
        )
    ),
}
register(
    Queue(
        "changes-to-choose",
        "取消改期待选择",
        "refund.ask",
        lambda user: DisruptionChoice.objects.visible_to(user).filter(status=ChoiceStatus.OPEN),
        "/board/disruptions/",
        "told_at",
        hint="逾期按规定办理，可以打电话提醒",
        how="ask",
        late_days=5,
    )
)
