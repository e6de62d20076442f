"""The people of a roster and how far each is, over HTTP: for the institution's own system (numbers by their tail)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from kupasi.people.masking import mask_name
from registration.models import Roster
from registration.services.rosters import states


class PersonShape(serializers.Serializer[Any]):
    """One line of the list; `application` once it is filed, `status` of it or pending, objected, not_accepted."""

    row = serializers.IntegerField(source="row.pk")
    row_id = serializers.CharField(source="row.key")
    name = serializers.SerializerMethodField()
    number_tail = serializers.CharField(source="row.number_tail")
    class_name = serializers.CharField(source="row.class_name")
    occupation = serializers.CharField(source="row.occupation.code", default=None)
    application = serializers.CharField(source="application.number", default=None)
    status = serializers.CharField(source="code")
    message = serializers.CharField(source="note")

    def get_name(self, one: states.PersonState) -> str:
        """Masked: whole names travel in the institution's own files only."""
        return mask_name(one.row.name)


class RosterPeople(generics.GenericAPIView):
    """`GET rosters/{id}/people/`: another institution's list is not found."""

    serializer_class = PersonShape

    def get_queryset(self) -> QuerySet[Roster]:
        return Roster.objects.visible_to(self.request.user)

    @extend_schema(operation_id="rosters_people_list", responses=PersonShape(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """Everybody on the list, class by class, a page at a time."""
        roster = get_object_or_404(self.get_queryset(), pk=pk)
        rows = self.paginate_queryset(states.rows_of(roster)) or []
        return self.get_paginated_response(PersonShape(states.states_of(roster, rows), many=True).data)
