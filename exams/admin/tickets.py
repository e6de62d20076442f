"""Entries and tickets for the office; the queues that belong to them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Min, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from exams.enums import EntryStatus, TicketStatus
from exams.models import AdmissionTicket, Entry
from exams.services import arranging, ticket_answers, tickets
from exams.services.ticket_facts import described
from exams.views.tickets import TONES
from kupasi import clock
from kupasi.acts import Act
from kupasi.admin import RecordAdmin
from kupasi.errors import Refusal, add_to_form
from kupasi.queues import Queue, register

from .arrange import does, may_do
from .forms import AnswerForm, UnseatForm
from .ticket_letters import LettersOfTickets

ENTRIES, TICKETS = "admin:exams_entry_changelist?queue=", "admin:exams_admissionticket_changelist?queue="


def to_seat(user: Any) -> QuerySet[Entry]:
    """The original is in, and there is no seat yet."""
    rows = Entry.objects.visible_to(user).filter(status=EntryStatus.ENROLLED, papers_in_at__isnull=False)
    return rows.filter(exam_session__status__in=["planned", "arranged"])


def tickets_due(user: Any) -> QuerySet[Entry]:
    """The ticket day has come, and there is no ticket."""
    due = tickets.overdue(clock.today()).order_by().values("pk")
    return Entry.objects.visible_to(user).filter(pk__in=due)


def to_call(user: Any) -> QuerySet[AdmissionTicket]:
    """Not confirmed, and the exam is tomorrow or today."""
    rows = ticket_answers.unanswered(clock.today()).values("pk")
    return AdmissionTicket.objects.visible_to(user).filter(pk__in=rows)


def disputes(user: Any) -> QuerySet[AdmissionTicket]:
    """Reports of errors that wait for an answer."""
    return AdmissionTicket.objects.visible_to(user).filter(pk__in=ticket_answers.disputed().values("pk"))


ENTRY_QUEUES = {
    "seat": register(Queue("to-seat", "待编排座位", "seat.arrange", to_seat, ENTRIES + "seat", "papers_in_at")),
    "due": register(
        Queue("tickets-due", "应制未制准考证", "seat.arrange", tickets_due, ENTRIES + "due", "papers_in_at")
    ),
}
TICKET_QUEUES = {
    "call": register(
        Queue(
            "tickets-unconfirmed",
            "准考证未确认，需电话联系",
            "seat.arrange",
            to_call,
            TICKETS + "call",
            "sent_at",
            hint="考前一天仍未确认；准考证仍然有效",
        )
    ),
    "disputes": register(
        Queue("tickets-disputed", "准考证异议待核对", "seat.arrange", disputes, TICKETS + "disputes", "answered_at")
    ),
}


class InQueue(admin.SimpleListFilter):
    """One of the queues of the home page."""

    title = "待办"
    parameter_name = "queue"
    queues: dict[str, Queue]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, queue.label) for code, queue in self.queues.items() if queue.is_for(request.user)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        queue = self.queues.get(self.value() or "")
        if queue is None:
            return queryset
        return queryset.filter(pk__in=queue.rows(request.user).order_by().values("pk"))


class EntryInQueue(InQueue):
    """Queues of entries."""

    queues = ENTRY_QUEUES


class TicketInQueue(InQueue):
    """Queues of tickets."""

    queues = TICKET_QUEUES


def tag(label: str, tone: str) -> SafeString:
    """A state in words."""
    return format_html('<span class="k-tag k-tag-{}">{}</span>', tone, label)


@admin.register(Entry)
class EntryAdmin(RecordAdmin):
    """Who sits in a session, and where; seats are given by the seating page and taken back here."""

    see = ("seat.arrange",)
    list_display = ("row_number", "candidate", "exam_session", "kind", "status", "has_original", "first_day", "needs")
    list_filter = (EntryInQueue, "exam_session", "status", "kind")
    list_select_related = ("candidate", "exam_session__occupation")
    list_display_links = ("row_number",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(first_on=Min("seats__sitting__on"))

    def get_urls(self) -> list[URLPattern]:
        own = [path("<int:pk>/unseat/", self.admin_site.admin_view(self.unseat), name="exams_entry_unseat")]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """One entry: its subjects and seats."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        entry = get_object_or_404(self.get_queryset(request).select_related("candidate"), pk=object_id)
        return self._page(request, entry, UnseatForm())

    @does("seat.arrange")
    def unseat(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take the seats back, with the reason."""
        entry = get_object_or_404(self.get_queryset(request).select_related("candidate"), pk=pk)
        form = UnseatForm(request.POST or None)
        if form.is_valid():
            try:
                arranging.unseat(pk, by=Act.of(request), reason=form.cleaned_data["reason"])
                self.message_user(request, "座位已收回，可以重新编排。", messages.SUCCESS)
                return redirect("admin:exams_entry_change", pk)
            except Refusal as refusal:
                add_to_form(form, refusal)
        return self._page(request, entry, form)

    def _page(self, request: HttpRequest, entry: Entry, form: Form) -> HttpResponse:
        seats = entry.seats.select_related("subject", "sitting__room__site").order_by("subject__order")
        may_unseat = may_do(request.user, "seat.arrange") and entry.status in (
            EntryStatus.SEATED,
            EntryStatus.TICKETED,
        )
        context = {"entry": entry, "seats": seats, "form": form, "may_unseat": may_unseat, "title": "参评人员"}
        ticket = AdmissionTicket.objects.filter(entry=entry).first()
        context |= {"ticket": ticket, **self.admin_site.each_context(request)}
        return TemplateResponse(request, "admin/exams/entry.html", context)

    @admin.display(description="编号", ordering="pk")
    def row_number(self, row: Entry) -> int:
        return row.pk

    @admin.display(description="原件", boolean=True)
    def has_original(self, row: Entry) -> bool:
        return row.papers_in_at is not None

    @admin.display(description="首场", ordering="first_on")
    def first_day(self, row: Any) -> str:
        return f"{row.first_on:%Y-%m-%d}" if row.first_on else "—"


@admin.register(AdmissionTicket)
class TicketAdmin(LettersOfTickets, RecordAdmin):
    """Tickets as they went out; what is answered by phone or after a report is recorded on a ticket's page."""

    see = ("ticket.read",)
    list_display = ("number", "person", "state", "phone", "by_post", "session", "version", "sent_at", "answered_at")
    list_filter = (TicketInQueue, "status", "entry__exam_session")
    list_select_related = ("entry__candidate", "entry__exam_session__occupation")
    search_fields = ("number",)
    search_help_text = "准考证号或其中几位"
    actions = ("print_letters",)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/confirm/", wrap(self.confirm), name="exams_ticket_confirm"),
            path("<int:pk>/answer/", wrap(self.answer), name="exams_ticket_answer"),
            path("<int:pk>/posted/", wrap(self.posted), name="exams_ticket_posted"),
        ]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """One ticket: what it states, its versions, what may be done."""
        return self._page(request, self._row(request, int(object_id)), AnswerForm())

    @does("seat.arrange")
    def confirm(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The holder confirmed by phone."""
        ticket = self._row(request, pk)
        if request.method == "POST":
            self.run(request, [ticket], lambda one, by: ticket_answers.confirm(one, by=by), done="已登记电话确认")
        return redirect("admin:exams_admissionticket_change", pk)

    @does("seat.arrange")
    def answer(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer a report after which the ticket stays as it is."""
        ticket, form = self._row(request, pk), AnswerForm(request.POST or None)
        if form.is_valid():
            try:
                ticket_answers.settle_dispute(pk, by=Act.of(request), answer=form.cleaned_data["answer"])
                self.message_user(request, "核对结果已发给本人，请其再次确认。", messages.SUCCESS)
                return redirect("admin:exams_admissionticket_change", pk)
            except Refusal as refusal:
                add_to_form(form, refusal)
        return self._page(request, ticket, form)

    def _row(self, request: HttpRequest, pk: int) -> AdmissionTicket:
        rows = self.get_queryset(request).select_related("entry__candidate", "entry__exam_session__occupation")
        ticket: AdmissionTicket = get_object_or_404(rows, pk=pk)
        return ticket

    def _page(self, request: HttpRequest, ticket: AdmissionTicket, form: Form) -> HttpResponse:
        versions = list(ticket.versions.order_by("-version"))
        acts = may_do(request.user, "seat.arrange")
        awaited = ticket.status in ticket_answers.OPEN and ticket.answered_at is None
        context = {
            **self.admin_site.each_context(request),
            "title": f"准考证 {ticket.number}",
            "ticket": ticket,
            "tone": TONES.get(TicketStatus(ticket.status), "info"),
            "versions": versions,
            "lines": described(versions[0].facts) if versions else [],
            "form": form,
            "may_confirm": acts and versions and (awaited or ticket.status == TicketStatus.DISPUTED),
            "may_answer": acts and ticket.status == TicketStatus.DISPUTED,
        }
        context["opens_entry"] = self.admin_site._registry[Entry].has_view_permission(request)
        return TemplateResponse(request, "admin/exams/ticket.html", context)

    @admin.display(description="参评人员")
    def person(self, row: AdmissionTicket) -> str:
        return str(row.entry.candidate)

    @admin.display(description="场次")
    def session(self, row: AdmissionTicket) -> str:
        return str(row.entry.exam_session)

    @admin.display(description="状态", ordering="status")
    def state(self, row: AdmissionTicket) -> SafeString:
        return tag(row.get_status_display(), TONES.get(TicketStatus(row.status), "info"))

    @admin.display(description="电话")
    def phone(self, row: AdmissionTicket) -> str:
        return row.entry.candidate.masked_phone
