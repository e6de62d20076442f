"""People of the demonstration on their way from a draft to a confirmed application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from django.contrib.auth.hashers import make_password

from exams.models import Occupation, Window
from exams.services.calendar import work_calendar
from kupasi.acts import Act
from kupasi.clock import SHANGHAI
from kupasi.dates import WorkCalendar
from kupasi.people.enums import ConsentKind
from kupasi.people.models import Candidate, User
from kupasi.people.services.consents import current_text
from kupasi.people.services.identities import register_candidate
from registration.enums import PaymentMethod, Step
from registration.models import Application
from registration.services import applications, deadlines, drafts, facts, money, review

from .accounts import Book
from .people import Crowd, portrait

PAST = {"confirmed": 82, "no_original": 4, "lapsed": 5, "withdrawn": 4, "rejected": 2, "returned": 3}
PRESENT = {"confirmed": 38, "no_original": 6, "unpaid": 14, "submitted": 20, "returned": 8, "draft": 10, "withdrawn": 4}
RETURN_REASON = "照片背景不是白色，请换一张白底正面免冠照片。"


def moment(day: date, hour: int = 10, minute: int = 0) -> datetime:
    """A moment of a day in Shanghai."""
    return datetime.combine(day, time(hour, minute), tzinfo=SHANGHAI)


@dataclass
class Applying:
    """Lets people apply in a window as far as the present moment allows."""

    now: datetime
    random: Random
    crowd: Crowd
    book: Book
    calendar: WorkCalendar
    tell: Callable[[], None]

    @classmethod
    def until(cls, now: datetime, *, random: Random, book: Book, tell: Callable[[], None]) -> Applying:
        """Ready to begin; nothing happens after `now`."""
        return cls(now, random, Crowd(random, on=now.date()), book, work_calendar(), tell)

    def cohort(self, window: Window, *, people: int) -> None:
        """So many people apply in the window, each with a fate of their own."""
        present = window.closes_on >= self.now.date()
        table = PRESENT if present else PAST
        fates = self.random.choices(list(table), weights=list(table.values()), k=people)
        occupations = list(Occupation.objects.public())
        for number, fate in enumerate(fates):
            self.live(window, fate, occupations[number % len(occupations)])
            self.tell()
        after = moment(window.closes_on + timedelta(days=6), 1)
        if after <= self.now:
            for key in deadlines.lapse_due(after):
                deadlines.lapse(key, by=Act(None, after, job="lapse-unpaid"))

    def live(self, window: Window, fate: str, occupation: Occupation, *, name: str = "") -> Candidate:
        """One person: account, application, and what became of it by now."""
        last = min(window.closes_on, self.now.date())
        applied_on = window.opens_on + timedelta(days=self.random.randint(0, (last - window.opens_on).days))
        start = moment(applied_on, self.random.randint(7, 22), self.random.randint(0, 59))
        start = min(start, self.now - timedelta(minutes=30))
        candidate = self.register(at=start, name=name)
        application = self.apply(candidate, occupation, fate, at=start + timedelta(minutes=10))
        if fate not in ("draft", "submitted"):
            self.decide(application, fate, start.date())
        return candidate

    def register(self, *, at: datetime, name: str = "") -> Candidate:
        """A new account for a new person; nobody can sign in with it until a password is set."""
        by = Act(None, at, address="127.0.0.1", job="demo")
        text = current_text(ConsentKind.PRIVACY, on=at.date())
        person = self.crowd.person(name=name)
        return register_candidate(by, facts=person, password=make_password(None), text=text)

    def apply(self, candidate: Candidate, occupation: Occupation, fate: str, *, at: datetime) -> Application:
        """The four steps and, unless it stays a draft, the submission."""
        by = Act(candidate.user, at, address="127.0.0.1")
        draft = drafts.start_draft(candidate, by=by)
        identity = drafts.Identity(candidate.name, candidate.education or "bachelor", candidate.employer)
        drafts.save_identity(draft.pk, by=by, identity=identity)
        drafts.save_photo(draft.pk, by=by, data=portrait(self.random.randrange(12)))
        if fate == "draft":
            return draft
        drafts.save_subjects(draft.pk, by=by, occupation=occupation.code)
        pledge = facts.pledge_text(by.on)
        conditions = list(occupation.conditions.filter(is_active=True).values_list("text", flat=True))
        drafts.save_pledge(draft.pk, by=by, conditions=conditions, pledge_version=pledge.version if pledge else None)
        return applications.submit(draft.pk, by=Act(candidate.user, at + timedelta(minutes=5), address="127.0.0.1"))

    def decide(self, application: Application, fate: str, applied_on: date) -> None:
        """The reviewer's answer on the next working day, and the money the day after."""
        reviewed = moment(self.calendar.add_working_days(applied_on, 1).on, 10, self.random.randint(0, 50))
        if fate == "withdrawn":
            leaving = Act(application.candidate.user, moment(applied_on, 23, 50))
            if leaving.at <= self.now:
                applications.withdraw(application.pk, by=leaving)
            return
        if reviewed > self.now:
            return
        by = Act(self.one_of("clerk"), reviewed)
        if fate == "rejected":
            review.reject(application.pk, reason="经核对不符合该职业的申报条件。", by=by)
        elif fate == "returned":
            window = application.window
            late = window is not None and reviewed.date() > window.closes_on
            until = reviewed.date() + timedelta(days=5) if late else None
            review.send_back(application.pk, items={Step.PHOTO: RETURN_REASON}, by=by, until=until)
        else:
            review.approve(application.pk, by=by)
            if fate in ("confirmed", "no_original"):
                self.pay(application, fate, reviewed)

    def pay(self, application: Application, fate: str, reviewed: datetime) -> None:
        """480 yuan at the counter some hours later; the signed form comes along or stays missing."""
        application.refresh_from_db()
        due = application.pay_until
        paid = reviewed + timedelta(hours=self.random.randint(1, 5))
        paid = min(paid, due - timedelta(minutes=5)) if due else paid
        if paid > self.now:
            return
        order = application.order
        money.record_payment(
            order.pk,
            amount=order.total,
            method=self.random.choice(list(PaymentMethod)),
            reference=f"DEMO-{application.number}",
            by=Act(self.one_of("finance"), paid),
        )
        if fate == "confirmed":
            review.receive_original(application.pk, by=Act(self.one_of("clerk"), paid))

    def one_of(self, role: str) -> User:
        """Somebody of that role."""
        return self.random.choice(self.book.users[role])
