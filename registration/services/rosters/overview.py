"""What an institution's pages show of its rosters: counts by state, and the one sentence that says what is next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db.models import Case, Count, Q, Value, When

from exams.enums import EntryStatus
from exams.models import Window
from kupasi.people.models import Institution
from registration.enums import RUNNING, ApplicationStatus, OrderStatus, RosterStatus, UploadState
from registration.models import Application, Order, Roster, RosterRow, RosterUpload

from .after import waiting_certificates, waiting_tickets
from .signing import without_photo

A = ApplicationStatus
STAGES: tuple[tuple[str, str, str], ...] = (
    ("draft", "草稿", "neutral"),
    ("bad", "有误", "bad"),
    ("submitted", "已提交", "info"),
    ("approved", "待缴费", "warn"),
    ("confirmed", "已缴费确认", "good"),
    ("concluded", "已出成绩", "good"),
    ("ended", "未受理或退出", "neutral"),
)
ORDER = ("now", "later", "past")
STAGE_OF = {
    A.APPROVED: "approved",
    A.CONFIRMED: "confirmed",
    A.CONCLUDED: "concluded",
    A.REJECTED: "ended",
    A.WITHDRAWN: "ended",
    A.LAPSED: "ended",
    A.CANCELLED: "ended",
}
TONES = {
    RosterStatus.DRAFT: "neutral",
    RosterStatus.SIGNED: "info",
    RosterStatus.SUBMITTED: "info",
    RosterStatus.REVIEWED: "good",
    RosterStatus.WITHDRAWN: "neutral",
}


@dataclass(frozen=True, slots=True)
class RosterShown:
    """A roster in a list, with how many people stand on it, and what of theirs waits for the institution."""

    roster: Roster
    people: int
    tone: str
    tickets: int = 0
    certificates: int = 0


@dataclass(slots=True)
class WindowShown:
    """A window with the rosters for it and how many people are in each state."""

    window: Window
    state: str
    rosters: list[RosterShown] = field(default_factory=list)
    counter: Counter[str] = field(default_factory=Counter)

    @property
    def counts(self) -> list[tuple[str, int, str]]:
        """Label, number and tone of every state, in the order of their life: before results are out those up to the
        payment, of a window that is over only those that somebody is in."""
        listed = [(label, self.counter[code], tone) for code, label, tone in STAGES]
        if self.state == "past":
            return [one for one in listed if one[1]] or listed[:1]
        return [one for one in listed if one[1] or one[0] != "已出成绩"]

    @property
    def may_start(self) -> bool:
        """Whether a list may be begun for it."""
        return self.state != "past"


def windows_of(institution: Institution, rosters: Iterable[Roster], *, on: date) -> list[WindowShown]:
    """The open window, the next, then the past ones with rosters, the latest first; a fixed number of queries."""
    listed = list(rosters)
    keys = {one.pk: one for one in listed}
    shown = {one.pk: WindowShown(one, _state(one, on)) for one in _windows(listed, on)}
    people, counters = _people(keys)
    tickets, certificates = waiting_tickets(keys), waiting_certificates(keys)
    for one in listed:
        place = shown[one.window_id]
        tone = TONES[RosterStatus(one.status)]
        place.rosters.append(RosterShown(one, people[one.pk], tone, tickets[one.pk], certificates[one.pk]))
        place.counter.update(counters.get(one.pk, {}))
    for roster_id, bad in _waiting_errors(keys):
        shown[keys[roster_id].window_id].counter["bad"] += bad
    latest_first = sorted(shown.values(), key=lambda one: one.window.opens_on, reverse=True)
    return sorted(latest_first, key=lambda one: ORDER.index(one.state))


def _windows(rosters: list[Roster], on: date) -> list[Window]:
    """Those of the rosters, the open one and the next to open."""
    coming = Window.objects.public().filter(closes_on__gte=on).order_by("opens_on")[:2]
    found = {one.pk: one for one in coming} | {one.window_id: one.window for one in rosters}
    return list(found.values())


def _people(keys: dict[int, Roster]) -> tuple[Counter[int], dict[int, Counter[str]]]:
    people: Counter[int] = Counter()
    counters: dict[int, Counter[str]] = {}
    stops = Q(application=None) & (~Q(refused_code="") | Q(objected_at__isnull=False))
    stopped = Case(When(stops, then=Value(True)), default=Value(False))
    rows = RosterRow.objects.current().filter(roster__in=keys).annotate(stopped=stopped)
    counted = rows.values("roster", "application__status", "stopped").annotate(number=Count("pk"))
    for line in counted.order_by():
        roster = keys[line["roster"]]
        people[roster.pk] += line["number"]
        stage = _stage(roster, line["application__status"], stopped=line["stopped"])
        counters.setdefault(roster.pk, Counter())[stage] += line["number"]
    return people, counters


def _stage(roster: Roster, status: str | None, *, stopped: bool) -> str:
    """`stopped`: not accepted by the rules, or objected to, before there was an application."""
    if roster.status in {RosterStatus.DRAFT, RosterStatus.SIGNED}:
        return "draft"
    if stopped:
        return "ended"
    return STAGE_OF.get(ApplicationStatus(status), "submitted") if status else "submitted"


def _waiting_errors(keys: dict[int, Roster]) -> list[tuple[int, int]]:
    waiting = RosterUpload.objects.filter(roster__in=keys, state=UploadState.JUDGED)
    return list(waiting.values_list("roster", "invalid"))


def _state(window: Window, on: date) -> str:
    if window.closes_on < on:
        return "past"
    return "now" if window.opens_on <= on else "later"


@dataclass(frozen=True, slots=True)
class Facts:
    """How far a roster is: its people, those without a portrait, and the file that waits."""

    people: int
    no_photo: int
    objected: int
    upload: RosterUpload | None
    returned: int = 0
    tickets: int = 0
    certificates: int = 0
    concluded: int = 0
    ticketed: int = 0


def facts_of(roster: Roster) -> Facts:
    """Counted anew for the roster's page."""
    rows = RosterRow.objects.current().filter(roster=roster)
    counted = rows.aggregate(
        people=Count("pk"),
        objected=Count("pk", filter=Q(objected_at__isnull=False)),
        returned=Count("pk", filter=Q(application__status=A.RETURNED)),
    )
    waiting = roster.uploads.filter(state__in=[*RUNNING, UploadState.JUDGED]).order_by("-pk").first()
    open_still = roster.status in {RosterStatus.DRAFT, RosterStatus.SIGNED}
    missing = without_photo(roster.pk).count() if open_still else 0
    facts = Facts(counted["people"], missing, counted["objected"], waiting, counted["returned"])
    return _with_later(facts, roster) if roster.status == RosterStatus.REVIEWED else facts


def _with_later(facts: Facts, roster: Roster) -> Facts:
    """And what came after the payment."""
    mine = Application.objects.filter(roster_row__roster=roster)
    return replace(
        facts,
        tickets=waiting_tickets([roster.pk])[roster.pk],
        certificates=waiting_certificates([roster.pk])[roster.pk],
        concluded=mine.filter(status=A.CONCLUDED).count(),
        ticketed=mine.filter(entry__status=EntryStatus.TICKETED).count(),
    )


def _reviewed(roster: Roster, facts: Facts, *, may_collect: bool) -> dict[str, Any]:
    if facts.tickets:
        say = f"{facts.tickets} 张准考证已制作好，请核对后确认或提出异议。"
        return {"say": say, "who": "本机构", "tone": "warn", "page": "institution-tickets", "label": "核对准考证"}
    if facts.certificates:
        say = f"{facts.certificates} 张证书可以领取，请打印签收清单，到业务受理点统一领取。"
        link = {"page": "institution-certificates", "label": "证书领取"} if may_collect else {}
        return {"say": say, "who": "机构审核人", "tone": "warn", **link}
    if facts.concluded:
        say = f"{facts.concluded} 人的成绩已公布，可查看成绩、为可以补考的人员生成补考名单。"
        return {"say": say, "tone": "good", "page": "institution-results", "label": "成绩与补考"}
    if facts.ticketed:
        say = "准考证已答复，请提醒本人按时参加。"
        return {"say": say, "tone": "good", "page": "institution-tickets", "label": "准考证"}
    if Order.objects.filter(roster=roster, status__in=[OrderStatus.PAID, OrderStatus.OVER]).exists():
        say = "费用已缴清。准考证考前 3 天制作，做好后在本机构的页面核对。"
        return {"say": say, "tone": "good", "page": "institution-tickets", "label": "准考证"}
    say = "审核已完成，请查看订单并按时缴费。"
    return {"say": say, "who": "本机构", "tone": "info", "page": "institution-order", "label": "人员与订单"}


def next_step(roster: Roster, facts: Facts, *, may_sign: bool, may_collect: bool = False) -> dict[str, Any]:
    """What `components/next_step.html` says about the roster: the sentence, by whom, the tone, and which page."""
    status, upload = RosterStatus(roster.status), facts.upload
    until = f"{roster.window.closes_on:%Y-%m-%d} 24:00"
    if status == RosterStatus.SUBMITTED and facts.returned:
        say = f"{facts.returned} 人退回补正，请通知本人按理由登录修改；补正以后才能结束审核。"
        return {"say": say, "who": "本人", "tone": "warn", "page": "institution-order", "label": "查看是谁、为什么"}
    if status == RosterStatus.SUBMITTED:
        return {"say": "名单已提交，等待业务受理点审核。", "who": "业务受理点", "tone": "wait"}
    if status == RosterStatus.REVIEWED:
        return _reviewed(roster, facts, may_collect=may_collect)
    if status == RosterStatus.WITHDRAWN:
        return {"say": "名单已撤回。需要申报的，请新建名单。", "tone": "wait"}
    if upload is not None and upload.state in RUNNING:
        say = "文件正在处理，可以离开本页。"
        return {"say": say, "tone": "wait", "page": "institution-upload", "label": "查看进度"}
    if upload is not None:
        say = f"文件已核对：{upload.valid} 行合格，{upload.invalid} 行有误，名单还没有改动。"
        tone = "warn" if upload.invalid else "info"
        return {"say": say, "until": until, "tone": tone, "page": "institution-upload", "label": "查看结果并采用"}
    if not facts.people:
        return {"say": "下载工作簿，填好人员后在本页上传。", "who": "经办人", "until": until, "tone": "info"}
    if facts.no_photo:
        say = f"还有 {facts.no_photo} 人没有照片，请上传照片包。"
        return {"say": say, "until": until, "tone": "warn", "page": "institution-photos", "label": "上传照片"}
    if status == RosterStatus.SIGNED:
        return _sign("资格初审已签署，请提交。", "去提交", until)
    say = "名单已齐，请核对后签署资格初审。" if may_sign else "名单已齐，请本机构另一位审核人签署资格初审。"
    label = "核对并签署" if may_sign else "查看资格初审"
    return _sign(say, label, until)


def _sign(say: str, label: str, until: str) -> dict[str, Any]:
    return {"say": say, "who": "机构审核人", "until": until, "page": "institution-sign", "label": label}
