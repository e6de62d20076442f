"""Breaches of the demonstration: a case at each point of the road, by the services themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from certificates.models import Certificate, NumberUse
from discipline.enums import CaseStatus, LetterKind, Origin, Outcome, ServedHow
from discipline.models import Case
from discipline.services import bar_lists, complaints, confirming, deciding, effects, hearing, papers, recording, review
from discipline.services.deciding import Proposal
from discipline.services.recording import Incident, Reminder
from exams.enums import Attendance, EntryStatus
from exams.models import Seat
from kupasi.acts import Act
from kupasi.approvals import services as approvals
from kupasi.people.models import Candidate, User
from kupasi.people.rules import check_character

from .accounts import Book

S = CaseStatus
CLAUSES = ("二1", "三1", "三1", "四4", "二1", "三1", "三1", "四4", "三1", "三1", "二1")
ROAD = (
    S.RECORDED, S.CONFIRMED, S.EXAMINED, S.NOTICED, S.HEARD, S.DECIDED, S.SERVED, S.CARRIED_OUT, S.IN_REVIEW,
    S.OVERTURNED, S.DROPPED,
)  # fmt: skip
IN_ROOM = (S.RECORDED, S.CONFIRMED, S.EXAMINED)
FACTS = {
    "二": "开考后随身带有资料，提醒后仍放在桌上。",
    "三": "考试中从口袋取出手机查看，监考当场收存，屏幕停在聊天页面。",
    "四": "入场核对时发现到场的人与照片不符，本人承认代替他人参加。",
}

SAID = {
    "二": "资料只是忘了收起，没有翻看，请从轻。",
    "三": "手机只是忘了关机，没有查看答案，请从轻。",
    "四": "一时糊涂替朋友参加，已经认识到错误，请从轻。",
}


def number_on(born: date) -> str:
    """A made-up resident number of that birth date, with the area of a county that is no more."""
    stem = f"310230{born:%Y%m%d}997"
    return stem + check_character(stem)


class Breaches:
    """Takes one sat seat for each state and goes the road as far as that."""

    def __init__(self, now: datetime, *, book: Book) -> None:
        self.now, self.users = now, book.users

    def live(self) -> None:
        """One case for each state, about different people: the first steps from the last exam day, recorded in the
        room; the rest found when results and certificates had long gone out.
        """
        fresh, late = self.from_the_room(), self.found_late()
        for state, clause in zip(ROAD, CLAUSES, strict=True):
            chosen = next(fresh, None) if state in IN_ROOM else None
            chosen = chosen or next(late, None)
            if chosen is not None:
                self.go(*chosen, clause, state)
        self.complain()
        self.listed()

    def listed(self) -> None:
        """A list from the authorities waits for the second supervisor: one unknown here, one only by name and day."""
        by = Act(self.users["supervisor"][0], self.now - timedelta(days=1))
        namesake = Candidate.objects.filter(documents__kind="resident_id", merged_into=None).earliest("pk")
        first, last = by.on - timedelta(days=30), by.on + timedelta(days=700)
        rows = [(number_on(date(1988, 8, 8)), "演示某"), (number_on(namesake.birth_date), namesake.name)]
        lines = [f"居民身份证,{number},{first},{last},{name},四4" for number, name in rows]
        data = "\n".join(["证件类型,证件号码,起始日,截止日,姓名,条款", *lines]).encode()
        kept = bar_lists.keep(data, source="演示主管部门〔0000〕1 号", by=by)
        approvals.ask(by, kind="bar_list", about=kept, payload={}, reason="按来文登记")

    def sat(self, status: EntryStatus) -> QuerySet[Seat]:
        """Theory seats of people who came by themselves and have nothing later that a bar would take."""
        later = Seat.objects.filter(
            entry__candidate=OuterRef("entry__candidate"), sitting__on__gt=OuterRef("sitting__on")
        )
        rows = Seat.objects.filter(
            ~Exists(later),
            attendance=Attendance.PRESENT,
            subject__code="theory",
            entry__status=status,
            entry__institution=None,
        )
        return rows.select_related("sitting__room", "entry").order_by("-sitting__starts_at", "pk")

    def from_the_room(self) -> Iterator[tuple[Seat, datetime]]:
        """Seats of results that are not out, sat long enough ago for three steps."""
        for seat in self.sat(EntryStatus.SAT).filter(sitting__starts_at__lt=self.now - timedelta(days=3)):
            assert seat.sitting is not None
            yield seat, seat.sitting.starts_at + timedelta(minutes=40)

    def found_late(self) -> Iterator[tuple[Seat, datetime]]:
        """Seats of published results, found the day after the certificate was given or the result went out."""
        rows = self.sat(EntryStatus.PUBLISHED).filter(mark__publication__isnull=False)
        for seat in rows.select_related("mark__publication"):
            assert seat.mark.publication is not None
            out = seat.mark.publication.published_at
            given = Certificate.objects.filter(entry=seat.entry, number__isnull=False).first()
            used = NumberUse.objects.get(number=given.number).used_at if given else out
            begin = max(out, used) + timedelta(days=1)
            if begin + timedelta(days=15) < self.now:
                yield seat, begin

    def complain(self) -> None:
        """Somebody reports something, without a name."""
        complaints.receive(
            Act(None, self.now - timedelta(days=2), job="visitor"), text="有机构声称可以保证通过，请核实。"
        )

    def go(self, seat: Seat, begin: datetime, clause: str, state: CaseStatus) -> None:
        """As far as the state."""
        assert seat.sitting is not None
        invigilator = seat.sitting.invigilators.order_by("pk")[0]
        other = next(one for one in self.users["invigilator"][:2] if one != invigilator)
        moment = seat.sitting.starts_at + timedelta(minutes=40)
        incident = Incident(
            clause=clause,
            act_at=moment,
            place=f"{seat.sitting.room} {seat.number} 号",
            facts=FACTS[clause[0]],
            origin=Origin.ROOM if begin == moment else Origin.AFTERWARDS,
            reminder=Reminder(moment - timedelta(minutes=5), "监考", "当面提醒一次")
            if clause[0] == "二"
            else Reminder(),
        )
        case = recording.record_case(Act(invigilator, begin), incident, seat_id=seat.pk)
        recording.countersign(case.pk, by=Act(other, begin + timedelta(minutes=5)))
        for stop, step in self.steps(case, begin):
            if ROAD.index(state) < ROAD.index(stop):
                return
            step()
        self.ending(case, state, begin)

    def steps(self, case: Case, start: datetime) -> list[tuple[CaseStatus, Callable[[], object]]]:
        """The road up to what was heard, a day apart."""
        clerk, other = self.users["clerk"][:2]
        head = confirming.confirmer_of(case).head if case.origin == Origin.ROOM else other
        severity = "lesser" if case.clause.tier == 4 else ""

        def day(number: int, who: User | None) -> Act:
            return Act(who, start + timedelta(days=number, hours=1))

        def examine() -> None:
            recording.examine(
                case.pk, by=day(2, clerk), findings="调取了监控，向双方核实，说法一致。", clause=case.clause.code,
                severity=severity, severity_reason="初次，主动承认，没有影响他人" if severity else "",
            )  # fmt: skip

        def notice() -> None:
            hearing.give_notice(case.pk, by=day(3, clerk))
            self.serve(case, LetterKind.NOTICE, day(3, clerk))

        def state() -> None:
            hearing.state(case.pk, by=day(5, case.candidate.user), text=SAID[case.clause.code[0]])

        return [
            (S.CONFIRMED, lambda: confirming.confirm(case.pk, by=day(1, head))),
            (S.EXAMINED, examine),
            (S.NOTICED, notice),
            (S.HEARD, state),
        ]

    def ending(self, case: Case, state: CaseStatus, start: datetime) -> None:
        """The decision and what follows it."""
        if state == S.HEARD:
            return
        first, second, third = self.users["supervisor"][:3]
        by = Act(first, start + timedelta(days=7))
        case.refresh_from_db()
        outcome = Outcome.DROP if state == S.DROPPED else Outcome.UPHOLD
        proposal = Proposal(
            outcome, case.clause.code, "事实清楚，证据相互印证。" if outcome != Outcome.DROP else "证据不足。"
        )
        plan = effects.preview(case, deciding.ruling_of(case, proposal, on=by.on), by=by)
        case = deciding.decide(case.pk, proposal, plan_hash=plan.sha256, by=by)
        if case.needs_two:
            deciding.sign(case.pk, plan_hash=plan.sha256, by=Act(second, by.at + timedelta(hours=1)))
        if state in (S.DECIDED, S.DROPPED):
            return
        self.serve(case, LetterKind.DECISION, Act(self.users["clerk"][0], by.at + timedelta(days=1)))
        if state == S.SERVED:
            return
        deciding.carry_out(case.pk, by=Act(first, by.at + timedelta(days=1, hours=2)))
        if state == S.CARRIED_OUT:
            return
        review.ask(case.pk, by=Act(case.candidate.user, by.at + timedelta(days=3)), text="监控角度看不清，请重新核对。")
        if state == S.OVERTURNED:
            review.overturn(case.pk, by=Act(third, by.at + timedelta(days=6)), reason="重新核对监控，不能确认是本人。")

    def serve(self, case: Case, kind: LetterKind, by: Act) -> None:
        """Read online."""
        papers.serve(case.pk, kind, by=by, how=ServedHow.ELECTRONIC, on=by.on, proof="站内信已阅读")
