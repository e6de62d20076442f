"""Addresses of the institutions' pages; none holds anything personal but a row's key."""

from __future__ import annotations

from django.urls import path

from registration.views import (
    institution_files,
    institution_home,
    institution_photos,
    institution_rosters,
    institution_rows,
    institution_sign,
    institution_uploads,
)

ROSTER, FILE = "rosters/<int:pk>/", "files/<int:pk>/"
urlpatterns = [
    path("", institution_home.home, name="institution"),
    path("windows/<int:pk>/start/", institution_home.start, name="institution-start"),
    path(ROSTER, institution_rosters.roster, name="institution-roster"),
    path(ROSTER + "files/", institution_rosters.upload, name="institution-send"),
    path(ROSTER + "withdraw/", institution_rosters.withdraw, name="institution-withdraw"),
    path(ROSTER + "sign/", institution_sign.page, name="institution-sign"),
    path(ROSTER + "sign/do/", institution_sign.sign, name="institution-do-sign"),
    path(ROSTER + "sign/undo/", institution_sign.unsign, name="institution-unsign"),
    path(ROSTER + "submit/", institution_sign.submit, name="institution-submit"),
    path(ROSTER + "list.pdf", institution_files.paper, name="institution-paper"),
    path(ROSTER + "workbook.xlsx", institution_files.workbook, name="institution-workbook"),
    path(ROSTER + "made/<str:what>/", institution_files.list_making, name="institution-making"),
    path(ROSTER + "photos/", institution_photos.photos, name="institution-photos"),
    path(ROSTER + "photos/send/", institution_photos.send, name="institution-send-photos"),
    path("zips/<int:pk>/progress/", institution_photos.progress, name="institution-photo-progress"),
    path("rows/<int:pk>/photo/", institution_photos.portrait, name="institution-portrait"),
    path("photos/<int:pk>/", institution_photos.picture, name="institution-picture"),
    path("rows/<int:pk>/", institution_rows.row, name="institution-row"),
    path("rows/<int:pk>/fix/", institution_rows.fix, name="institution-fix"),
    path("rows/<int:pk>/remove/", institution_rosters.remove, name="institution-remove"),
    path(FILE, institution_uploads.upload, name="institution-upload"),
    path(FILE + "progress/", institution_uploads.progress, name="institution-progress"),
    path(FILE + "marked.xlsx", institution_files.marked, name="institution-marked"),
    path(FILE + "marked/", institution_files.marking, name="institution-marking"),
    path(FILE + "cancel/", institution_uploads.cancel, name="institution-cancel"),
    path(FILE + "discard/", institution_uploads.discard, name="institution-discard"),
    path(FILE + "take/", institution_uploads.take, name="institution-take"),
    path(FILE + "take-good/", institution_uploads.take_good, name="institution-take-good"),
]
