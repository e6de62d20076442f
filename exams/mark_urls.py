"""Addresses of the rooms, the marks and the results."""

from __future__ import annotations

from django.urls import path

from exams.views import mark_columns, mark_people, marks, marks_publish, rechecks, results, rooms

urlpatterns = [
    path("rooms/", rooms.rooms, name="rooms"),
    path("rooms/<int:pk>/", rooms.room, name="room"),
    path("rooms/<int:pk>/close/", rooms.room_close, name="room-close"),
    path("rooms/seats/<int:pk>/", rooms.room_seat, name="room-seat"),
    path("rooms/seats/<int:pk>/photo/", rooms.room_photo, name="room-photo"),
    path("marks/", marks.marks, name="marks"),
    path("marks/<int:pk>/", marks.mark_grid, name="mark-grid"),
    path("marks/<int:pk>/column/", mark_columns.column, name="mark-column"),
    path("marks/<int:pk>/template/", mark_columns.mark_template, name="mark-template"),
    path("marks/relations/", mark_people.relations, name="mark-relations"),
    path("marks/relations/<int:pk>/end/", mark_people.relation_end, name="relation-end"),
    path("marks/quality/", mark_people.quality, name="mark-quality"),
    path("publications/<int:pk>/hints/", mark_people.hints, name="result-hints"),
    path("marks/papers/<int:pk>/start-over/", marks_publish.mark_start_over, name="mark-start-over"),
    path("publications/", marks_publish.publications, name="publications"),
    path("publications/<int:pk>/", marks_publish.publication, name="publication"),
    path("publications/approved/<int:pk>/publish/", marks_publish.release_publish, name="release-publish"),
    path("publications/approved/<int:pk>/withdraw/", marks_publish.release_withdraw, name="release-withdraw"),
    path("publications/entries/<int:pk>/hold/", marks_publish.entry_hold, name="entry-hold"),
    path("publications/entries/<int:pk>/release/", marks_publish.entry_release, name="entry-release"),
    path("results/", results.results, name="results"),
    path("results/<int:pk>/recheck/", rechecks.ask, name="recheck-ask"),
    path("publications/correct/", rechecks.correct, name="mark-correct"),
    path("rechecks/", rechecks.rechecks, name="rechecks"),
    path("rechecks/<int:pk>/", rechecks.recheck, name="recheck"),
]
