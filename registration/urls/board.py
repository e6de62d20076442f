"""Addresses of the office's boards."""

from __future__ import annotations

from django.urls import path

from registration.views import board_day, board_deadlines, board_disruptions, board_statistics, site_day

urlpatterns = [
    path("", board_day.day, name="board-day"),
    path("deadlines/", board_deadlines.deadlines, name="board-deadlines"),
    path("disruptions/", board_disruptions.listed, name="board-disruptions"),
    path("disruptions/<int:pk>/", board_disruptions.one, name="board-disruption"),
    path("disruptions/<int:pk>/pay-back/", board_disruptions.pay_back, name="board-pay-back"),
    path("choices/<int:pk>/", board_disruptions.choice, name="board-choice"),
    path("statistics/", board_statistics.statistics, name="board-statistics"),
    path("statistics/<slug:axis>/<slug:table>/<slug:form>/", board_statistics.export, name="board-statistics_export"),
    path("sites/", site_day.listed, name="site-days"),
    path("sites/<int:pk>/", site_day.day, name="site-day"),
    path("sites/<int:pk>/sheets/", site_day.sheets, name="site-day-sheets"),
    path("sites/<int:pk>/sheets/<int:run>/", site_day.sheets_file, name="site-day_export"),
]
