"""Addresses of the rooms, the marks and the results."""

from __future__ import annotations

from django.urls import path

from exams.views import marks, marks_publish, rechecks, results, rooms

urlpatterns = [
    path("rooms/", rooms.rooms, name="rooms"),
    path("rooms/<int:pk>/", rooms.room, name="room"),
    path("rooms/<int:pk>/close/", rooms.room_close, name="room-close"),
    path("rooms/seats/<int:pk>/", rooms.room_seat, name="room-seat"),
    path("rooms/seats/<int:pk>/photo/", rooms.room_photo, name="room-photo"),
    path("marks/", marks.marks, name="marks"),
    path("marks/<int:pk>/", marks.mark_grid, name="mark-grid"),
    path("marks/papers/<int:pk>/start-over/", marks_publish.mark_start_over, name="mark-start-over"),
    path("publications/", marks_publish.publications, name="publications"),
    path("publications/<int:pk>/", marks_publish.publication, name="publication"),
    path("publications/entries/<int:pk>/hold/", marks_publish.entry_hold, name="entry-hold"),
    path("publications/entries/<int:pk>/release/", marks_publish.entry_release, name="entry-release"),
    path("results/", results.results, name="results"),
    path("results/<int:pk>/recheck/", rechecks.ask, name="recheck-ask"),
    path("publications/correct/", rechecks.correct, name="mark-correct"),
    path("rechecks/", rechecks.rechecks, name="rechecks"),
    path("rechecks/<int:pk>/", rechecks.recheck, name="recheck"),
]
