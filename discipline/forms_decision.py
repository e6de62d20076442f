"""What supervisors do on a case: look at the effects, sign, carry out, review (rules S8–S10)."""

from __future__ import annotations

from typing import Any

from django import forms

from discipline.enums import LetterKind, Outcome, Severity
from discipline.models import Case
from discipline.services import deciding, review, ties
from discipline.services.deciding import Proposal, signers
from kupasi import clock
from kupasi.acts import Act
from kupasi.people.roles import may

from .forms_act import LONG, SHORT, ActForm, S, clauses, decides
from .forms_case import (
    AddEvidence,
    AskReview,
    Confirm,
    Countersign,
    Examine,
    GiveNotice,
    ReleaseEvidence,
    Serve,
    SignEvidence,
    State,
    Waive,
)


def deciders(case: Case) -> tuple[int | None, int | None]:
    """Who signed the decision."""
    return case.decided_by_id, case.co_decided_by_id


class Decide(ActForm):
    """What is decided and why; looked at first, then signed by the hash of what was shown."""

    statuses = (S.NOTICED, S.HEARD)
    label, done = "签署决定", "已签署"
    outcome = forms.ChoiceField(label="决定", choices=Outcome.choices(), initial=Outcome.UPHOLD)
    clause = forms.ChoiceField(label="条款（仅从轻时改选）", required=False)
    severity = forms.ChoiceField(
        label="情节（仅须知 四从轻时改选）", required=False, choices=[("", "不改"), *Severity.choices()]
    )
    severity_reason = forms.CharField(label="情节理由", required=False, widget=SHORT, max_length=1000)
    reason = forms.CharField(label="理由", widget=LONG, max_length=4000)
    referral = forms.CharField(
        label="移送部门", required=False, max_length=200, help_text="情节严重的，写明移送哪个部门。"
    )
    plan_hash = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def prepare(self) -> None:
        self.fields["clause"].choices = [("", "不改"), *clauses()]  # type: ignore[attr-defined]

    @classmethod
    def belongs_to(cls, user: Any, case: Case) -> bool:
        return decides(user, case)

    @classmethod
    def is_left(cls, user: Any, case: Case) -> bool:
        return case.decided_by_id is None

    def proposal(self) -> Proposal:
        """What was typed."""
        facts = {name: value for name, value in self.cleaned_data.items() if name != "plan_hash"}
        facts["clause"] = facts["clause"] or self.case.clause.code
        return Proposal(**facts)

    def perform(self, by: Act) -> object:
        return deciding.decide(self.case.pk, self.proposal(), plan_hash=self.cleaned_data["plan_hash"], by=by)


class Sign(ActForm):
    """The signature on effects that somebody else proposed, or on effects that have changed."""

    statuses = (S.NOTICED, S.HEARD, S.SERVED)
    label, done = "签署", "已签署"
    hint = "签署的正是本页“决定”中列出的影响。"
    plan_hash = forms.CharField(widget=forms.HiddenInput, max_length=64)

    @classmethod
    def belongs_to(cls, user: Any, case: Case) -> bool:
        return decides(user, case) and (case.status != S.SERVED or user.pk in deciders(case))

    @classmethod
    def is_left(cls, user: Any, case: Case) -> bool:
        decision = getattr(case, "decision", None)
        return decision is not None and (case.status == S.SERVED or user.pk not in signers(decision))

    def perform(self, by: Act) -> object:
        return deciding.sign(self.case.pk, plan_hash=self.cleaned_data["plan_hash"], by=by)


class TakeBack(ActForm):
    """Withdraw an unfinished decision."""

    statuses = (S.NOTICED, S.HEARD)
    label, done = "收回我的签署", "已收回，可以重新拟定"

    @classmethod
    def belongs_to(cls, user: Any, case: Case) -> bool:
        return decides(user, case) and (user.pk in deciders(case) or not hasattr(case, "decision"))

    @classmethod
    def is_left(cls, user: Any, case: Case) -> bool:
        return hasattr(case, "decision")

    def perform(self, by: Act) -> object:
        return deciding.take_back_signature(self.case.pk, by=by)


class CarryOut(ActForm):
    """Do what was signed."""

    statuses = (S.SERVED,)
    label, done = "执行决定", "已执行，并已通知本人"
    hint = "一次完成全部影响；情况与签署时不同的，不会执行，须重新签署。"

    def prepare(self) -> None:
        """While a public notice still runs, the page says until when."""
        letter = self.case.letters.filter(kind=LetterKind.DECISION, served_on__gt=clock.today()).first()
        if letter is not None:
            self.hint = f"公告到 {letter.served_on} 期满，当日起才能执行。{self.hint}"

    @classmethod
    def belongs_to(cls, user: Any, case: Case) -> bool:
        return decides(user, case)

    def perform(self, by: Act) -> object:
        return deciding.carry_out(self.case.pk, by=by)


class Uphold(ActForm):
    """The decision stands."""

    statuses = (S.IN_REVIEW,)
    label, done = "复核：维持决定", "已维持"
    reason = forms.CharField(label="复核理由", widget=LONG, max_length=4000)

    @classmethod
    def belongs_to(cls, user: Any, case: Case) -> bool:
        return may(user, "case.appeal", how="approve") and decides(user, case) and user.pk not in deciders(case)

    def perform(self, by: Act) -> object:
        return review.uphold(self.case.pk, by=by, reason=self.cleaned_data["reason"])


class Overturn(Uphold):
    """The decision is taken back."""

    label, done = "复核：撤销决定", "已撤销，取消的内容已恢复"
    hint = "恰好恢复本决定取消的内容；因情况变化不能恢复的会逐条列明。"

    def perform(self, by: Act) -> object:
        return review.overturn(self.case.pk, by=by, reason=self.cleaned_data["reason"])


class StepAside(ActForm):
    """Leave the case to another supervisor."""

    statuses = ties.OPEN
    label, done = "回避，交由其他主管", "已回避，本事项由其他主管办理"
    hint = "与本人或其机构有亲属、师生、工作等关系的，应当回避；登记后不能撤回。"
    why = forms.CharField(label="回避原因", widget=SHORT, max_length=200)

    @classmethod
    def belongs_to(cls, user: Any, case: Case) -> bool:
        return (decides(user, case) or cls._left_it(user, case)) and user.pk not in deciders(case)

    @classmethod
    def is_left(cls, user: Any, case: Case) -> bool:
        return not cls._left_it(user, case)

    @staticmethod
    def _left_it(user: Any, case: Case) -> bool:
        return ties.stepped_aside(user).filter(case=case).exists()

    def perform(self, by: Act) -> object:
        return ties.step_aside(self.case.pk, by=by, why=self.cleaned_data["why"])


FORMS: dict[str, type[ActForm]] = {
    "countersign": Countersign,
    "confirm": Confirm,
    "examine": Examine,
    "notice": GiveNotice,
    "serve": Serve,
    "state": State,
    "waive": Waive,
    "decide": Decide,
    "sign": Sign,
    "take_back": TakeBack,
    "carry_out": CarryOut,
    "uphold": Uphold,
    "overturn": Overturn,
    "ask_review": AskReview,
    "evidence": AddEvidence,
    "release_evidence": ReleaseEvidence,
    "sign_evidence": SignEvidence,
    "step_aside": StepAside,
}
