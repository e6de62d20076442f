"""What this app holds about a person: identity, contact, account, photos, consents."""

from __future__ import annotations

from collections.abc import Iterable

from kupasi.clock import SHANGHAI

from .models import Candidate, SignedIn
from .privacy import Fact, Record, Section, register


def _identity(person: Candidate) -> list[Record]:
    facts = [
        Fact("姓名", person.name),
        Fact("性别", person.get_sex_display()),
        Fact("出生日期", f"{person.birth_date:%Y-%m-%d}"),
        Fact("手机", person.phone, "phone"),
        Fact("电子邮箱", person.email),
        Fact("文化程度", person.get_education_display()),
        Fact("工作单位", person.employer),
        Fact("联系地址", person.postal_address, "address"),
        Fact("登记时间", f"{person.created_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"),
    ]
    documents = [
        Record(one.get_kind_display(), [Fact("证件号码", one.number, "document"), Fact("签发国家", one.country)])
        for one in person.documents.order_by("-is_primary", "pk")
    ]
    return [Record("本人", facts), *documents]


def _account(person: Candidate) -> list[Record]:
    user = person.user
    if user is None:
        return []
    begun = f"{user.date_joined.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    visits = [
        Record(f"登录 {one.began_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", [Fact(one.device, one.address)])
        for one in SignedIn.objects.filter(user=user)[:50]
    ]
    return [Record("账号", [Fact("开通时间", begun)]), *visits]


def _consents(person: Candidate) -> list[Record]:
    rows = person.consents.select_related("text").order_by("pk")
    return [
        Record(
            f"{one.text.get_kind_display()} 第 {one.text.version} 版",
            [Fact("同意时间", f"{one.given_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"), Fact("网络地址", one.address)],
        )
        for one in rows
    ]


def _photos(person: Candidate) -> list[Record]:
    rows = person.photos.exclude(file="").order_by("pk")
    return [Record(f"照片 {n}", [Fact("上传时间", f"{one.created_at:%Y-%m-%d}")]) for n, one in enumerate(rows, 1)]


def _photo_files(person: Candidate) -> Iterable[tuple[str, bytes]]:
    for number, one in enumerate(person.photos.exclude(file="").order_by("pk"), 1):
        with one.file.open("rb") as file:
            yield f"photos/{number}.jpg", file.read()


def connect() -> None:
    """Called once when the app is ready."""
    register(Section("identity", "身份与联系方式", records=_identity))
    register(Section("account", "账号与登录", records=_account))
    register(Section("consents", "同意过的文本", records=_consents))
    register(Section("photos", "照片", records=_photos, files=_photo_files))
