"""What clerks and rooms do on a case, from the second signature to the proof of service (rules S8)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from discipline.enums import Checked, LetterKind, ServedHow, Severity
from discipline.forms_own import EvidenceForm
from discipline.models import Case, Evidence
from discipline.services import confirming, evidence, hearing, papers, recording, review
from kupasi import clock
from kupasi.acts import Act
from kupasi.errors import Refusal
from kupasi.people.roles import has_cell, may_any

from .forms_act import LONG, SHORT, ActForm, S, clauses


class Countersign(ActForm):
    """The second signature of the record."""

    statuses = (S.RECORDED,)
    label, done = "我在场，签署这份记录", "已签署"
    hint = "签署表示您在场（事后发现的，表示您一同核对过材料），记录的事实、提醒和证据属实。"

    @classmethod
    def belongs_to(cls, user: Any, case: Case) -> bool:
        return may_any(user, "case.open") and user.pk != case.recorded_by_id

    @classmethod
    def is_left(cls, user: Any, case: Case) -> bool:
        return case.second_by_id is None

    def perform(self, by: Act) -> object:
        return recording.countersign(self.case.pk, by=by)


class Confirm(ActForm):
    """The head of the site on the day; the office for what was found later."""

    statuses = (S.RECORDED,)
    label, done = "核对并确认记录", "已确认"
    hint = "现场记录由当天的考核点负责人确认；事后发现的，或负责人本人是记录人的，由未参与记录的受理人员确认。"

    @classmethod
    def belongs_to(cls, user: Any, case: Case) -> bool:
        return may_any(user, "case.open") and confirming.judge(case, user) is None

    @classmethod
    def is_left(cls, user: Any, case: Case) -> bool:
        return case.second_by_id is not None

    def perform(self, by: Act) -> object:
        return confirming.confirm(self.case.pk, by=by)


class Examine(ActForm):
    """What was found."""

    statuses = (S.CONFIRMED,)
    label, done = "完成调查", "已完成调查"
    findings = forms.CharField(label="调查情况（双方的说法、证据）", widget=LONG, max_length=4000)
    clause = forms.ChoiceField(label="拟适用的条款")
    severity = forms.ChoiceField(
        label="情节", required=False, choices=[("", "不适用（须知 一至三）"), *Severity.choices()]
    )
    severity_reason = forms.CharField(label="情节理由", required=False, widget=SHORT, max_length=1000)

    def prepare(self) -> None:
        self.fields["clause"].choices = clauses()  # type: ignore[attr-defined]
        self.fields["clause"].initial = self.case.clause.code

    def perform(self, by: Act) -> object:
        return recording.examine(self.case.pk, by=by, **self.cleaned_data)


class GiveNotice(ActForm):
    """The paper of the intended decision."""

    statuses = (S.EXAMINED,)
    label, done = "制作告知书并通知本人", "告知书已制成，已发站内信"

    def perform(self, by: Act) -> object:
        return hearing.give_notice(self.case.pk, by=by)


class Serve(ActForm):
    """That a paper was served."""

    statuses = (S.NOTICED, S.HEARD, S.DECIDED, S.DROPPED, S.OVERTURNED, S.SERVED, S.CARRIED_OUT)
    label, done = "登记送达", "已登记送达"
    hint = "期限从送达之日起算；公告送达的，填公告之日，公告期满之日视为送达。"
    how = forms.ChoiceField(label="送达方式", choices=ServedHow.choices())
    on = forms.DateField(label="送达日（公告之日）", widget=forms.DateInput(attrs={"type": "date"}))
    proof = forms.CharField(label="凭证", max_length=200, help_text="签收人、邮件单号、站内信阅读时间或公告地址。")

    def prepare(self) -> None:
        self.fields["on"].initial = clock.today().isoformat()

    @classmethod
    def is_left(cls, user: Any, case: Case) -> bool:
        return cls.open_letter(case) is not None

    @classmethod
    def open_letter(cls, case: Case) -> LetterKind | None:
        """The paper that waits to be served at this point."""
        for letter in case.letters.filter(served_on=None):
            if case.status in papers.STANDS_AT[LetterKind(letter.kind)]:
                return LetterKind(letter.kind)
        return None

    def perform(self, by: Act) -> object:
        kind = self.open_letter(self.case)
        if kind is None:
            raise Refusal("wrong_status", "没有等待送达的文书，请刷新。")
        return papers.serve(self.case.pk, kind, by=by, **self.cleaned_data)


class State(ActForm):
    """A statement that came on paper."""

    statuses = (S.NOTICED, S.HEARD)
    label, done = "录入书面陈述", "已录入"
    text = forms.CharField(label="书面陈述的内容", widget=LONG, max_length=4000)

    def perform(self, by: Act) -> object:
        return hearing.state(self.case.pk, by=by, text=self.cleaned_data["text"])


class Waive(ActForm):
    """A waiver on paper."""

    statuses = (S.NOTICED,)
    label, done = "登记本人书面放弃", "已登记放弃"

    def perform(self, by: Act) -> object:
        return hearing.waive(self.case.pk, by=by)


class AskReview(ActForm):
    """A request for review that came on paper."""

    statuses = (S.SERVED, S.CARRIED_OUT)
    label, done = "录入书面复核申请", "已录入复核申请"
    text = forms.CharField(label="复核申请的内容", widget=LONG, max_length=4000)

    @classmethod
    def is_left(cls, user: Any, case: Case) -> bool:
        return case.review_asked_at is None

    def perform(self, by: Act) -> object:
        return review.ask(self.case.pk, by=by, text=self.cleaned_data["text"])


class AddEvidence(ActForm, EvidenceForm):
    """A photo or PDF."""

    statuses = tuple(one for one in S if one not in (S.DROPPED, S.OVERTURNED))
    label, done = "补充证据", "证据已存档，等待第二人签署"

    @classmethod
    def belongs_to(cls, user: Any, case: Case) -> bool:
        return has_cell(user, "case.evidence", "YR")

    def perform(self, by: Act) -> object:
        facts = self.cleaned_data
        return evidence.add_evidence(self.case.pk, by=by, title=facts["title"], data=facts["file"].read())


def _of_others(rows: QuerySet[Evidence], user: Any) -> QuerySet[Evidence]:
    return rows.exclude(added_by=user)


def _own_alone(rows: QuerySet[Evidence], user: Any) -> bool:
    """Whether all that waits was sent by this person, who is never the second one."""
    return rows.exists() and not _of_others(rows, user).exists()


class ReleaseEvidence(ActForm):
    """PDFs that no scanner has seen, on the word of somebody who did not send them."""

    statuses = AddEvidence.statuses
    label, done = "解除 PDF 材料的隔离", "已解除隔离，可以查看"
    hint = "没有查毒软件把关的 PDF 先隔离保存。请用其他途径（如单机查毒）核实后再解除；您的姓名和依据会留存。"
    reason = forms.CharField(label="用什么方法查过", max_length=200)

    @classmethod
    def belongs_to(cls, user: Any, case: Case) -> bool:
        return has_cell(user, "case.evidence", "Y") and not _own_alone(cls._waiting(case), user)

    @classmethod
    def is_left(cls, user: Any, case: Case) -> bool:
        return _of_others(cls._waiting(case), user).exists()

    @staticmethod
    def _waiting(case: Case) -> QuerySet[Evidence]:
        return case.evidence.filter(checked=Checked.WAITING)

    def perform(self, by: Act) -> object:
        words, waiting = self.cleaned_data["reason"], list(_of_others(self._waiting(self.case), by.person))
        return [evidence.release_evidence(row.pk, by=by, reason=words) for row in waiting]


class SignEvidence(ActForm):
    """All evidence that waits for a second signer."""

    statuses = AddEvidence.statuses
    label, done = "签署他人提交的证据", "证据已签署"

    @classmethod
    def belongs_to(cls, user: Any, case: Case) -> bool:
        return has_cell(user, "case.evidence", "YR") and not _own_alone(cls._waiting(case), user)

    @classmethod
    def is_left(cls, user: Any, case: Case) -> bool:
        return _of_others(cls._waiting(case), user).exists()

    @staticmethod
    def _waiting(case: Case) -> QuerySet[Evidence]:
        return case.evidence.filter(signed_by=None, is_own=False)

    def perform(self, by: Act) -> object:
        waiting = list(_of_others(self._waiting(self.case), by.person))
        return [evidence.sign_evidence(row.pk, by=by) for row in waiting]
