"""Persons, for looking up; numbers are masked until somebody says why the whole one is needed."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache

from kupasi.acts import Act
from kupasi.admin import RecordAdmin
from kupasi.admin_links import opens
from kupasi.people import timeline
from kupasi.people.forms import ReasonForm
from kupasi.people.models import Candidate, IdentityDocument, reads_people
from kupasi.people.roles import has_cell, may
from kupasi.people.services import finding, settle_identity
from kupasi.people.views.identity import identity_page
from kupasi.posted_search import PostedSearch
from kupasi.queues import Queue, register

WHOLE = "LTY"  # the cells of pii.full_id that show a whole number


@admin.register(Candidate)
class CandidateAdmin(PostedSearch, RecordAdmin):
    """One row a person; changed by services only."""

    see = ("app.review", "app.create_counter", "pii.full_id")
    list_display = ("name", "document", "phone_shown", "birth_date", "has_account", "review")
    list_filter = ("needs_identity_review",)
    list_select_related = ("user", "resembles")
    search_help_text = "姓名、证件号码或末四位、手机号或末四位"
    show_facets = admin.ShowFacets.NEVER
    actions = ("settle",)
    change_form_template = "admin/people/candidate/page.html"
    fields = (
        "name", "document", "sex", "birth_date", "phone_shown", "email", "education", "employer", "has_account",
        "review", "resembles", "merged_into", "whole_numbers", "two_people", "identity", "created_at",
    )  # fmt: skip
    readonly_fields = fields

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody is sent to a list that stays empty for them."""
        return super().has_view_permission(request, obj) and reads_people(request.user)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only the links that lead somewhere for this person."""
        hidden = set()
        if not has_cell(request.user, "pii.full_id", WHOLE):
            hidden.add("whole_numbers")
        if not may(request.user, "account.id_change", how="ask"):
            hidden.add("two_people")
        if not may(request.user, "app.review", how="approve"):
            hidden.add("identity")
        return tuple(name for name in self.fields if name not in hidden)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        documents = IdentityDocument.objects.filter(is_primary=True)
        return super().get_queryset(request).prefetch_related(Prefetch("documents", documents, to_attr="in_use"))

    def find(self, rows: QuerySet[Any], words: str) -> QuerySet[Any]:
        return finding.find_people(rows, words)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "POST" and request.POST.get("find", "").strip():
            finding.note_search(Act.of(request), words=request.POST["find"].strip())
        return super().changelist_view(request, extra_context)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/numbers/", view(self.numbers), name="people_candidate_numbers"),
            path("<int:pk>/identity/", view(identity_page), name="people_candidate_identity"),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The one-person page: what is known, and everything that happened on one line of time."""
        person = self.get_object(request, object_id)
        may_look = person is not None and self.has_view_permission(request, person)
        shown = {"events": self._events(request, person)} if may_look and person is not None else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **shown})

    def _events(self, request: HttpRequest, person: Candidate) -> list[timeline.Event]:
        """Each leads on only where this person may go."""
        opened = functools.cache(lambda name: opens(request, self.admin_site, name))
        return [
            one if not one.url or opened(one.url) else replace(one, url="")
            for one in timeline.of(person, user=request.user)
        ]

    def numbers(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Whole numbers, for a reason (matrix: pii.full_id)."""
        return _numbers(request, pk)

    @admin.display(description="证件")
    def document(self, person: Candidate) -> str:
        return " ".join(str(one) for one in person.in_use)  # type: ignore[attr-defined]  # prefetched

    @admin.display(description="手机")
    def phone_shown(self, person: Candidate) -> str:
        return person.masked_phone

    @admin.display(description="账号", boolean=True)
    def has_account(self, person: Candidate) -> bool:
        return person.user_id is not None

    @admin.display(description="身份")
    def review(self, person: Candidate) -> str:
        return "待人工核对" if person.needs_identity_review else "—"

    @admin.display(description="完整号码")
    def whole_numbers(self, person: Candidate) -> SafeString:
        return format_html(
            '<a href="{}">说明理由后查看</a>', reverse("admin:people_candidate_numbers", args=[person.pk])
        )

    @admin.display(description="须两人办理")
    def two_people(self, person: Candidate) -> SafeString:
        """The pages where another person's approval is asked for."""
        asks = (
            ("core_change", "申请变更姓名或证件"),
            ("late_acceptance", "申请逾期受理"),
            ("retake_decision", "确定补考科目"),
            ("merge_persons", "申请与另一份登记合并"),
        )
        rows = [(reverse("admin:approvals_proposal_ask", args=[kind, person.pk]), label) for kind, label in asks]
        return format_html_join("　", '<a href="{}">{}</a>', rows)

    @admin.display(description="核对身份")
    def identity(self, person: Candidate) -> SafeString:
        """The page for whoever has the documents in hand."""
        url = reverse("admin:people_candidate_identity", args=[person.pk])
        return format_html('<a href="{}">持证件原件核对：增加证件、收回账号</a>', url)

    @admin.action(description="身份已核对：确为不同的人", permissions=["settle"])
    def settle(self, request: HttpRequest, queryset: QuerySet[Candidate]) -> None:
        """The documents were seen: a person of their own."""
        rows = queryset.filter(needs_identity_review=True)
        self.run(request, rows, lambda pk, by: settle_identity(pk, by=by, reason="核对证件原件"), done="已核对身份")

    def has_settle_permission(self, request: HttpRequest) -> bool:
        """Those who review applications."""
        return may(request.user, "app.review", how="approve")


@never_cache
def _numbers(request: HttpRequest, pk: int) -> HttpResponse:
    if not has_cell(request.user, "pii.full_id", WHOLE):
        return render(request, "403.html", status=403)
    person = get_object_or_404(Candidate.objects.visible_to(request.user), pk=pk)
    form, shown = ReasonForm(request.POST or None), []
    if form.is_valid():
        shown = finding.reveal_numbers(person, by=Act.of(request), reason=form.cleaned_data["reason"])
    return render(request, "people/numbers.html", {"form": form, "person": person, "numbers": shown})


def _to_review(user: Any) -> QuerySet[Candidate]:
    return Candidate.objects.visible_to(user).filter(needs_identity_review=True)


register(
    Queue(
        code="identity-review",
        label="身份待核对",
        action="app.review",
        how="approve",
        rows=_to_review,
        url="admin:people_candidate_changelist?needs_identity_review__exact=1",
        age_field="created_at",
        hint="姓名和出生日期与另一份证件的登记人相同",
    )
)
