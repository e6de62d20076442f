"""What the office keeps in the world."""

from __future__ import annotations

from certificates.models import IssueBatch, NumberImport, RegisterExport, RegisterMapping, StockTake
from discipline.models import Clause
from exams.models import (
    Document,
    DocumentVersion,
    Fee,
    Occupation,
    Plan,
    Room,
    Site,
    Window,
    WorkdayYear,
)
from exams.services import notice as documents
from kupasi.approvals.models import Proposal
from kupasi.audit import services as audit
from kupasi.audit.models import Entry as AuditEntry
from kupasi.notices.models import Heartbeat, JobRun
from kupasi.notices.services import beat
from kupasi.operations.services import roots
from kupasi.people.models import ConsentText
from registration.models import HeaderPreset
from tests import builders
from tests.certificates.made import ISSUED
from tests.exams.seating import Session

from .arranging import a_duty, a_tie
from .objects import World, both


def of_lists(world: World) -> None:
    """A list for certificates and a file of official numbers, which both roles of their approval see."""
    numbers = NumberImport.objects.create(
        file_name="x.xlsx", sha256="0" * 64, rows=[], made_by=world.users["publisher"], made_at=builders.at(ISSUED)
    )
    mapping = RegisterMapping.objects.create(name="测试平台", content="certificates", columns=[["编号", "number", {}]])
    export = RegisterExport.objects.create(
        mapping=mapping, columns=[], digest="0" * 64, made_by=world.users["clerk"], made_at=builders.at(ISSUED)
    )
    count = StockTake.objects.create(
        taken_by=world.users["clerk"], taken_at=builders.at(ISSUED), expected=0, found=0, missing=[], unexpected=[]
    )
    preset = HeaderPreset.objects.create(name="测试系统", columns={"XM": "姓名"})
    both(world, preset=preset.pk)
    both(world, batch=IssueBatch.objects.latest("pk").pk, numbers=numbers.pk)
    both(world, mapping=mapping.pk, export_file=export.pk, count=count.pk)


def of_office(world: World, session: Session) -> None:
    """One row of everything that the office keeps."""
    by = builders.act(world.users["clerk"], "2025-05-01T09:00")
    paper = documents.write_document(title="说明", body="正文", by=by)
    version = documents.add_version(paper.pk, content=b"%PDF-1.4 sample", file_name="a.pdf", by=by)
    documents.publish_document(paper.pk, by=by)
    beat("worker", at=by.at)
    JobRun.objects.create(job="test", period="1", at=by.at)
    audit.seal()
    root = roots.take(by=builders.act(when="2025-05-20T00:10"))
    assert root is not None
    from certificates.models import NumberSeries

    both(
        world,
        notice=paper.pk,
        document=paper.pk,
        file=version.pk if isinstance(version, DocumentVersion) else paper.pk,
        root=root.day.isoformat(),
        staff_account=world.users["clerk"].pk,
        setting="result_working_days",
        plan=Plan.objects.first().pk,
        window=Window.objects.first().pk,
        year=WorkdayYear.objects.first().pk,
        occupation=Occupation.objects.first().pk,
        fee=Fee.objects.first().pk,
        site=Site.objects.first().pk,
        room=Room.objects.first().pk,
        duty=a_duty(world.users["clerk"]).pk,
        tie=a_tie(world.users["clerk"]).pk,
        clause=Clause.objects.first().pk,
        text=ConsentText.objects.first().pk,
        series=NumberSeries.objects.first().pk,
        heartbeat=Heartbeat.objects.first().pk,
        jobrun=JobRun.objects.first().pk,
        audit=AuditEntry.objects.first().pk,
        any=1,
    )
    assert Document.objects.exists()
    assert Proposal.objects.exists()
