"""Letters to an institution about a roster of its own: to everybody who acts for it; no letter names a person."""

from __future__ import annotations

from kupasi.acts import Act
from kupasi.notices import services as notices
from kupasi.people.models import User
from registration.models import Order, Payment, Refund, Roster

from .office_letters import moment

CLAUSE = "依据：通知 二(四)。"


def tell(roster: Roster, *, by: Act, what: str, subject: str, body: str, page: str = "") -> None:
    """One letter to each active member of the roster's institution; the same `what` is never told twice."""
    for user in User.objects.filter(membership__institution=roster.institution_id, is_active=True):
        notices.queue(
            by,
            key=f"roster-{roster.pk}-{what}-{user.pk}",
            kind=f"roster.{what.partition('-')[0]}",
            subject=subject,
            body=body,
            user=user,
            url=f"/institution/rosters/{roster.pk}/{page}",
            about=roster,
        )


def reviewed(roster: Roster, order: Order | None, *, approved: int, by: Act) -> None:
    """The office has judged everybody; what is owed, and until when."""
    if order is None:
        body = f"团体申报 {roster.number} 已审核完毕，没有人员通过，不产生费用。结果见名单页面。依据：通知 二(二)。"
        tell(roster, by=by, what="reviewed", subject="团体申报已审核", body=body)
        return
    body = (
        f"团体申报 {roster.number} 已审核完毕，{approved} 人通过。请在 {moment(order.pay_until)} 前"
        f"一次缴清 {order.total} 元，附言只写参考号 {order.reference}。"
        f"逾期未缴的，名单上的申报失效，名额释放。{CLAUSE}"
    )
    tell(roster, by=by, what="reviewed", subject="团体申报已审核，请按时缴费", body=body, page="order/")


def returned(roster: Roster, people: int, *, what: str, by: Act) -> None:
    """Some people were sent back: they correct it themselves, the institution lets them know."""
    body = (
        f"团体申报 {roster.number} 有 {people} 人退回补正，理由和截止时间见“人员与订单”页面。"
        "请通知本人登录修改后重新提交；补正以后才能结束审核。依据：须知 一。"
    )
    tell(roster, by=by, what=f"returned-{what}", subject="团体申报有人员退回补正", body=body, page="order/")


def paid(payment: Payment, order: Order, *, by: Act) -> None:
    """Money arrived: how much, and what is still open or too much."""
    assert order.roster is not None
    left = order.total - order.net
    rest = "已全部缴清，名单上的人员将陆续确认。"
    if left > 0:
        rest = f"还差 {left} 元，请按期补足。"
    elif left < 0:
        rest = f"比应缴多 {-left} 元，财务人员会与贵机构联系处理；名单上的人员将陆续确认。"
    body = (
        f"团体申报 {order.roster.number} 收到 {payment.amount} 元（{payment.get_method_display()}），{rest}"
        f"收据号 {payment.receipt_number}，可在订单页面下载收据。{CLAUSE}"
    )
    tell(order.roster, by=by, what=f"paid-{payment.pk}", subject="团体费用已到账", body=body, page="order/")


def refunded(order: Order, refund: Refund, *, by: Act) -> None:
    """Money goes back to the institution."""
    assert order.roster is not None
    about = f"（申报 {refund.application.number}）" if refund.application else ""
    body = (
        f"团体申报 {order.roster.number} 已批准退费 {refund.amount} 元{about}，退费单号 {refund.number}，"
        "款项按原缴费方式退回。依据：须知 一。"
    )
    tell(order.roster, by=by, what=f"refund-{refund.pk}", subject="退费已批准", body=body, page="order/")


def pay_soon(order: Order, *, by: Act) -> None:
    """The deadline comes nearer."""
    assert order.roster is not None
    left = order.total - order.net
    body = (
        f"团体申报 {order.roster.number} 还有 {left} 元未到账，请在 {moment(order.pay_until)} 前缴清，"
        f"缴费参考号 {order.reference}。逾期未缴的，名单上的申报失效。如已转账，请忽略本提醒。{CLAUSE}"
    )
    tell(order.roster, by=by, what="pay_soon", subject="团体费用即将截止", body=body, page="order/")


def lapsed(order: Order, *, by: Act) -> None:
    """Out of time, nothing came in."""
    assert order.roster is not None
    body = (
        f"团体申报 {order.roster.number} 截至缴费截止时间未收到费用，名单上的申报已失效，名额已释放。"
        f"需要参加评价的，可在下一个申报时间段重新申报。{CLAUSE}"
    )
    tell(order.roster, by=by, what="lapsed", subject="团体申报已失效", body=body)


def part_paid_overdue(order: Order, *, by: Act) -> None:
    """To finance: money is partly in and the deadline is over; a person decides."""
    body = (
        f"团体申报 {order.about} 的缴费已截止：应缴 {order.total} 元，到账 {order.net} 元。"
        "系统没有自动判为失效，请核对后联系机构补足，或按规定办理。依据：本单位规定：缴费期限与款项登记。"
    )
    for reader in User.objects.filter(groups__name="finance", is_active=True):
        notices.queue(
            by,
            key=f"part-paid-order-{order.pk}-{reader.pk}",
            kind="part_paid_overdue",
            subject="团体费用部分到账且已过缴费期限",
            body=body,
            user=reader,
            about=order,
        )
