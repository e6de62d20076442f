"""The rules as anybody may ask them: stateless, public, nothing kept (contract, section "The rules").

The facts come from the office's rows (published windows, working days, price list, settings); the rules answer.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from discipline.rules import sanction
from exams.rules import NOTICE_FEES, find_window, results_due, retake, ticket_day
from exams.services.calendar import public_windows, work_calendar
from exams.services.settings import number
from kupasi import clock
from kupasi.api import ProblemShape, Rate
from kupasi.dates import CalendarRangeError
from kupasi.errors import raise_first
from kupasi.people.rules import judge_document
from registration import serializers_rules as shapes
from registration.rules import ApplicantFacts, eligibility
from registration.services.facts import prices

PROBLEMS = {400: ProblemShape, 429: ProblemShape}


class RuleView(APIView):
    """A question to the rules: no account, no state, a generous limit per address."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = [Rate]
    throttle_scope = "rules"


def read_query(request: Request, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """What an address asks; a parameter given twice is refused rather than chosen from."""
    repeated = [name for name, values in request.query_params.lists() if len(values) > 1]
    if repeated:
        raise serializers.ValidationError({name[:40]: ["每个参数只能出现一次。"] for name in repeated}, code="repeated")
    asked = shape(data=request.query_params.dict(), context={"in_address": True})
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


def read_body(request: Request, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """What a body asks."""
    asked = shape(data=request.data)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


class WindowView(RuleView):
    """申报时间段 of a day (附件1, C2)."""

    @extend_schema(
        operation_id="rules_window",
        summary="某日开放的申报时间段",
        description="按已公布的年度计划回答该日开放的时间段和此后的下一个；没有的为 null。依据：通知 附件1。",
        parameters=[shapes.WindowAsked],
        responses={200: shapes.WindowAnswered, **PROBLEMS},
        tags=["规则"],
    )
    def get(self, request: Request) -> Response:
        """The window that is open on the day, and the next one."""
        asked = read_query(request, shapes.WindowAsked)
        return Response(shapes.WindowAnswered(find_window(asked["on"], public_windows())).data)


class DeadlinesView(RuleView):
    """Ticket day and results day (通知 二(五), 三; C6, C7)."""

    @extend_schema(
        operation_id="rules_deadlines",
        summary="准考证制作日和成绩公布期限",
        description="年度放假安排尚未公布的，provisional 为 true，日期暂定。依据：通知 二(五)、三。",
        parameters=[shapes.DeadlinesAsked],
        responses={200: shapes.DeadlinesAnswered, **PROBLEMS},
        tags=["规则"],
    )
    def get(self, request: Request) -> Response:
        """The days counted out from the last exam day."""
        asked = read_query(request, shapes.DeadlinesAsked)
        days, marking, last = work_calendar(), asked["marking"], asked["last_exam_on"]
        figure = number("result_working_days_marking" if marking else "result_working_days")
        try:
            ticket = ticket_day(last, days, days_before=number("ticket_days_before"))
            due = results_due(last, days, marking=marking, days=figure)
        except CalendarRangeError as error:
            message = "超出可计算的年份（2004 至 2100 年）。"
            raise serializers.ValidationError({"last_exam_on": [message]}, code="out_of_range") from error
        provisional = ticket.provisional or due.provisional
        answer = {"ticket_on": ticket.on, "results_due_on": due.on, "provisional": provisional}
        return Response(shapes.DeadlinesAnswered(answer).data)


class DocumentView(RuleView):
    """Identity documents (rules 3)."""

    @extend_schema(
        operation_id="rules_document",
        summary="证件号码是否写对",
        description=(
            "只看号码本身和同时填写的出生日期、性别；不保存，也不查询是否有人用过。"
            "未知的证件类型以 unknown_kind 回答。依据：通知 二(一)、须知 一。"
        ),
        request=shapes.DocumentAsked,
        responses={200: shapes.DocumentAnswered, **PROBLEMS},
        tags=["规则"],
    )
    def post(self, request: Request) -> Response:
        """The judgement on a number."""
        asked = read_body(request, shapes.DocumentAsked)
        answer = judge_document(
            asked["kind"],
            asked["number"],
            on=clock.today(),
            birth_date=asked.get("birth_date"),
            sex=asked.get("sex"),
        )
        return Response(shapes.DocumentAnswered(answer).data)


class EligibilityView(RuleView):
    """申报条件 (通知 二(一), E1).

    What is asked is a person's age on a day, so the answer names age alone: whether a window is open on that day is
    `rules/window/`'s answer, and a year without a published plan makes nobody ineligible. Bars, certificates and other
    applications belong to a person and are judged when that person applies.
    """

    @extend_schema(
        operation_id="rules_eligibility",
        summary="资格自查：是否到了可以申报的年龄",
        description=(
            "申报当日须年满 16 周岁，生日当天算满；未满的给出可以申报的第一天。是否在申报时间内，请查 rules/window/。"
            "依据：通知 二(一)。"
        ),
        request=shapes.EligibilityAsked,
        responses={200: shapes.EligibilityAnswered, **PROBLEMS},
        tags=["规则"],
    )
    def post(self, request: Request) -> Response:
        """Whether a person born on that day may apply on the day."""
        asked = read_body(request, shapes.EligibilityAsked)
        facts = ApplicantFacts(birth_date=asked["birth_date"], on=asked["on"])
        return Response(shapes.EligibilityAnswered(eligibility(facts, age=number("minimum_age"))).data)


class FeeView(RuleView):
    """收费 (通知 二(四), P2)."""

    @extend_schema(
        operation_id="rules_fee",
        summary="某日的收费",
        description="按该日有效的收费标准逐科列出；该日没有标准的以 no_fee 拒绝。金额单位为元。依据：通知 二(四)。",
        parameters=[shapes.FeeAsked],
        responses={200: shapes.FeeAnswered, **PROBLEMS},
        tags=["规则"],
    )
    def get(self, request: Request) -> Response:
        """The fee of subjects on a day."""
        asked = read_query(request, shapes.FeeAsked)
        answer = prices(asked["occupation"], on=asked["on"], subjects=asked["subjects"])
        raise_first(answer.refusals)
        return Response(shapes.FeeAnswered({"items": answer.items, "total": answer.total}).data)


class RetakeView(RuleView):
    """补考 (通知 四, T1–T7)."""

    @extend_schema(
        operation_id="rules_retake",
        summary="能否补考、补哪些科目、到哪天为止",
        description=(
            "有效期自合格科目的考试日起两年，到期当日仍可申请；缺考和被取消的科目按不合格计。"
            "费用按申请日的收费标准，该日没有标准的按通知的金额。依据：通知 四。"
        ),
        request=shapes.RetakeAsked,
        responses={200: shapes.RetakeAnswered, **PROBLEMS},
        tags=["规则"],
    )
    def post(self, request: Request) -> Response:
        """Whether the failed subjects may be retaken on the day."""
        asked = read_body(request, shapes.RetakeAsked)
        codes = [one.code for one in asked["subjects"]]
        listed = prices(asked["occupation"], on=asked["applied_on"], subjects=codes)
        answer = retake(
            {code: asked["marks"][code] for code in codes},
            passed_on=asked["passed_on"],
            applied_on=asked["applied_on"],
            source=asked["source"],
            fees={**NOTICE_FEES, **dict(listed.items)},
            pass_marks={one.code: one.pass_mark for one in asked["subjects"]},
            years=number("retake_years"),
        )
        return Response(shapes.RetakeAnswered(answer).data)


class SanctionView(RuleView):
    """违纪处理 (须知 一 to 四, S1–S6)."""

    @extend_schema(
        operation_id="rules_sanction",
        summary="某一条款会带来什么",
        description=(
            "取消哪些成绩、限制参评的首日和末日（均含当日）、费用可否申请退还、证书是否作废。"
            "缺少提醒记录、未认定情节或没有这一条款的，allowed 为 false 并说明原因。依据：须知 一至四。"
        ),
        request=shapes.SanctionAsked,
        responses={200: shapes.SanctionAnswered, **PROBLEMS},
        tags=["规则"],
    )
    def post(self, request: Request) -> Response:
        """What a decision under the clause takes."""
        return Response(shapes.SanctionAnswered(sanction(**read_body(request, shapes.SanctionAsked))).data)
