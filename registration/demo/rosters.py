"""Rosters of the demonstration: one institution with a list in every state, lived through the product's services."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime, timedelta

from exams.models import Occupation, Window
from kupasi.acts import Act
from kupasi.people.models import Institution, User
from kupasi.people.photos import check_photo
from kupasi.people.services.persons import PersonFacts
from registration.enums import PaymentMethod, UploadState
from registration.models import HeaderPreset, Order, Roster, RosterUpload
from registration.services import money, roster_orders
from registration.services.rosters import (
    accept_upload,
    drafts,
    filing,
    objections,
    office,
    portraits,
    signing,
    start_roster,
    take_all,
    working,
)
from registration.services.rosters.presets import keep_preset

from .accounts import Book
from .applying import Applying, moment
from .people import portrait

HEADER = ("姓名", "证件类型", "证件号码", "文化程度", "手机", "工作单位", "班级", "申报职业", "考核类型", "考核科目")
STATES = ("empty", "wrong", "taken", "signed", "submitted", "reviewed", "paid")
LABELS = {
    "empty": "人工智能一班（待上传）",
    "wrong": "人工智能二班（有误待改）",
    "taken": "数据标注三班（待签署）",
    "signed": "数据标注四班（待提交）",
    "submitted": "数据标注五班",
    "reviewed": "数据标注六班",
    "paid": "数据标注七班",
}
PEOPLE = 5
OTHER_SYSTEM = {
    "name": "学籍系统导出",
    "columns": {"XM": "姓名", "ZJLX": "证件类型", "ZJHM": "证件号码", "LXDH": "手机", "ZY": "申报职业", "BJ": "班级"},
    "values": {
        "证件类型": {"01": "居民身份证"},
        "申报职业": {"A1": "人工智能数据标注", "A2": "人工智能模型运用"},
    },
    "constants": {"考核类型": "新考", "考核科目": "全部"},
}


@dataclass(frozen=True, slots=True)
class Named:
    """What a list is called, and how many people of which class are on it."""

    label: str
    classes: dict[str, int]


class Filing:
    """Lets an institution file lists, each as far as its fate; nothing happens after the present moment."""

    def __init__(self, applying: Applying, book: Book, institution: Institution) -> None:
        self.applying, self.book, self.institution = applying, book, institution

    def live(self, window: Window) -> None:
        """One list for every state, an hour apart, within the window; a preset for the files of another system."""
        keep_preset(HeaderPreset(**OTHER_SYSTEM), by=Act(self.one("clerk"), self.applying.now))
        start = max(moment(window.opens_on, 0, 10), self.applying.now - timedelta(hours=len(STATES) + 1))
        for number, fate in enumerate(STATES):
            at = min(start + timedelta(minutes=10 * number), self.applying.now)
            self.list_of(window, fate, at)

    def list_of(self, window: Window, fate: str, at: datetime, *, named: Named | None = None) -> Roster:
        """One list, from its beginning to its fate."""
        by, label = Act(self.one("institution_clerk"), at), LABELS[fate]
        named = named or Named(label, {label.partition("（")[0]: PEOPLE})
        roster = start_roster(self.institution, window=window, label=named.label, by=by)
        if fate == "empty":
            return roster
        upload = self.send(roster, named, by=by, wrong=fate == "wrong")
        if fate == "wrong":
            return roster
        take_all(upload.pk, by=by)
        self.take_portraits(roster, by=by)
        if STATES.index(fate) >= STATES.index("signed"):
            self.sign(roster, fate, at)
        return roster

    def send(self, roster: Roster, named: Named, *, by: Act, wrong: bool) -> RosterUpload:
        """A file of made-up people, read and judged; one row in it is wrong where that is the fate."""
        classes = [name for name, people in named.classes.items() for _ in range(people)]
        rows = [self.row(self.applying.crowd.person(), name) for name in classes]
        if wrong:
            rows[1]["手机"] = "1234"
            rows[3]["证件号码"] = rows[3]["证件号码"][:-1] + ("0" if rows[3]["证件号码"][-1] != "0" else "1")
        out = io.StringIO()
        writer = csv.DictWriter(out, HEADER)
        writer.writeheader()
        writer.writerows(rows)
        upload = accept_upload(roster.pk, name="名单.csv", content=out.getvalue().encode("utf-8-sig"), by=by)
        working.process(upload.pk, by=Act(None, by.at, job="roster-files"), now=lambda: by.at)
        upload.refresh_from_db()
        if upload.state != UploadState.JUDGED:
            raise RuntimeError(f"a file of the demonstration was not read: {upload.findings}")
        return upload

    def row(self, person: PersonFacts, class_name: str) -> dict[str, str]:
        """One line of the workbook."""
        trades = list(Occupation.objects.public())
        trade = next((one for one in trades if one.name.endswith(class_name[:4])), trades[0])
        values = (
            person.name, "居民身份证", person.number, "本科", person.phone, self.institution.name,
            class_name, trade.name, "新考", "全部",
        )  # fmt: skip
        return dict(zip(HEADER, values, strict=True))

    def take_portraits(self, roster: Roster, *, by: Act) -> None:
        """A drawn portrait for everybody."""
        locked = drafts.lock_draft(roster.pk)
        for number, row in enumerate(roster.rows.current()):
            portraits.keep_content(locked, row.number_index, check_photo(portrait(number)), by=by)

    def sign(self, roster: Roster, fate: str, at: datetime) -> None:
        """The approver signs, hands in; the office reviews; money arrives."""
        by = Act(self.one("institution_approver"), at + timedelta(minutes=2))
        signing.sign(roster.pk, seen=signing.list_hash(roster.pk), by=by)
        if fate == "signed":
            return
        signing.submit(roster.pk, by=by)
        filing.file_some(by=Act(None, by.at, job="file-rosters"))
        if fate == "submitted":
            self.object_to(roster, by.at)
            return
        clerk = Act(self.one("clerk"), at + timedelta(minutes=5))
        office.approve_rest(roster.pk, seen=office.to_approve(roster).count(), by=clerk)
        office.receive_originals(roster.pk, seen=office.without_original(roster).count(), by=clerk)
        roster_orders.close_review(roster.pk, by=clerk)
        if fate == "paid":
            self.pay(Order.objects.get(roster=roster), at + timedelta(minutes=8))

    def object_to(self, roster: Roster, at: datetime) -> None:
        """One person on the list says that nobody asked them."""
        row = roster.rows.current().earliest("pk")
        asker = objections.Asker(row.number_index, row.phone_index)
        objections.object_to(row.pk, asker=asker, by=Act(None, at + timedelta(minutes=1)))

    def pay(self, order: Order, at: datetime) -> None:
        """One transfer for everybody."""
        by = Act(self.one("finance"), at)
        reference = f"DEMO-{order.reference}"
        money.record_payment(order.pk, amount=order.total, method=PaymentMethod.TRANSFER, reference=reference, by=by)
        roster_orders.confirm_some(order.pk, by=Act(None, at, job="confirm-paid"))

    def one(self, role: str) -> User:
        """The first account of that role."""
        return self.book.users[role][0]
