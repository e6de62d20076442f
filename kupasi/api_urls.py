"""The addresses of the HTTP API, version 1."""

from __future__ import annotations

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView

from certificates import api as certificates
from discipline import api as discipline
from discipline import api_cases
from exams import api as exams
from exams import api_marks
from kupasi import api_docs
from kupasi.people.api import TokenView
from registration import api as registration
from registration import api_money, api_refunds, api_retakes, api_roster_people, api_rosters, api_rules
from registration.api_keyed import keyed

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", api_docs.page, name="api-docs"),
    path("applications/", registration.ApplicationList.as_view(), name="api-applications"),
    path("applications/<int:pk>/", registration.ApplicationDetail.as_view(), name="api-application"),
    path("applications/<int:pk>/withdraw/", keyed(registration.ApplicationWithdraw).as_view(), name="api-withdraw"),
    path("certificates/", certificates.CertificateList.as_view(), name="api-certificates"),
    path("certificates/verify/", certificates.Verify.as_view(), name="api-verify"),
    path("certificates/<int:pk>/", certificates.CertificateDetail.as_view(), name="api-certificate"),
    path("bars/", discipline.BarList.as_view(), name="api-bars"),
    path("cases/", keyed(api_cases.CaseList).as_view(), name="api-cases"),
    path("cases/<int:pk>/", api_cases.CaseDetail.as_view(), name="api-case"),
    path("cases/<int:pk>/statement/", keyed(api_cases.CaseStatement).as_view(), name="api-case-statement"),
    path("entries/", exams.EntryList.as_view(), name="api-entries"),
    path("entries/<int:pk>/", exams.EntryDetail.as_view(), name="api-entry"),
    path("tickets/", exams.TicketList.as_view(), name="api-tickets"),
    path("tickets/<int:pk>/", exams.TicketDetail.as_view(), name="api-ticket"),
    path("tickets/<int:pk>/confirm/", keyed(exams.TicketConfirm).as_view(), name="api-ticket-confirm"),
    path("tickets/<int:pk>/dispute/", keyed(exams.TicketDispute).as_view(), name="api-ticket-dispute"),
    path("checkins/", keyed(api_marks.Checkins, unless="token").as_view(), name="api-checkins"),
    path("marks/", keyed(api_marks.Marks).as_view(), name="api-marks"),
    path("results/", api_marks.ResultList.as_view(), name="api-results"),
    path("results/<int:pk>/", api_marks.ResultDetail.as_view(), name="api-result"),
    path("orders/", api_money.OrderList.as_view(), name="api-orders"),
    path("orders/<int:pk>/", api_money.OrderDetail.as_view(), name="api-order"),
    path("payments/", keyed(api_money.PaymentList).as_view(), name="api-payments"),
    path("payments/<int:pk>/", api_money.PaymentDetail.as_view(), name="api-payment"),
    path("refunds/", keyed(api_refunds.RefundList).as_view(), name="api-refunds"),
    path("refunds/<int:pk>/", api_refunds.RefundDetail.as_view(), name="api-refund"),
    path("refunds/<int:pk>/decision/", keyed(api_refunds.RefundDecision).as_view(), name="api-refund-decision"),
    path("rosters/<int:pk>/people/", api_roster_people.RosterPeople.as_view(), name="api-roster-people"),
    path("retakes/", api_retakes.RetakeList.as_view(), name="api-retakes"),
    path("rosters/", api_rosters.RosterList.as_view(), name="api-rosters"),
    path("rosters/<int:pk>/", api_rosters.RosterDetail.as_view(), name="api-roster"),
    path("rosters/<int:pk>/workbook/", api_rosters.RosterWorkbook.as_view(), name="api-roster-workbook"),
    path("rosters/<int:pk>/take/", api_rosters.RosterTake.as_view(), name="api-roster-take"),
    path("rosters/<int:pk>/cancel/", keyed(api_rosters.RosterCancel).as_view(), name="api-roster-cancel"),
    path("token/", TokenView.as_view(), name="token"),
    path("rules/window/", api_rules.WindowView.as_view(), name="rules-window"),
    path("rules/deadlines/", api_rules.DeadlinesView.as_view(), name="rules-deadlines"),
    path("rules/document/", api_rules.DocumentView.as_view(), name="rules-document"),
    path("rules/eligibility/", api_rules.EligibilityView.as_view(), name="rules-eligibility"),
    path("rules/fee/", api_rules.FeeView.as_view(), name="rules-fee"),
    path("rules/retake/", api_rules.RetakeView.as_view(), name="rules-retake"),
    path("rules/sanction/", api_rules.SanctionView.as_view(), name="rules-sanction"),
    # keep last: whatever is asked under /api/v1/ is answered as a problem document
    re_path(r"^(?:.*/)?$", api_docs.NothingHere.as_view()),
]
