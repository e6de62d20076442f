"""Entries and tickets over HTTP: everybody sees what is theirs."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kupasi.acts import Act

from .models import AdmissionTicket, Entry, Seat
from .services import ticket_answers


class SeatSerializer(serializers.ModelSerializer):
    """One subject: when, where, which seat; empty until it is arranged."""

    subject = serializers.CharField(source="subject.code", read_only=True)
    starts_at = serializers.DateTimeField(source="sitting.starts_at", default=None, read_only=True)
    ends_at = serializers.DateTimeField(source="sitting.ends_at", default=None, read_only=True)
    site = serializers.CharField(source="sitting.room.site.name", default=None, read_only=True)
    room = serializers.CharField(source="sitting.room.name", default=None, read_only=True)

    class Meta:
        model = Seat
        fields = ("subject", "starts_at", "ends_at", "site", "room", "number", "attendance")


class EntrySerializer(serializers.ModelSerializer):
    """A candidate in a session; the person by number only."""

    occupation = serializers.CharField(source="exam_session.occupation.code", read_only=True)
    exam_month = serializers.DateField(source="exam_session.exam_month", format="%Y-%m", read_only=True)
    seats = SeatSerializer(many=True, read_only=True)

    class Meta:
        model = Entry
        fields = ("id", "candidate", "occupation", "exam_month", "kind", "source", "status", "papers_in_at", "seats")


class TicketSerializer(serializers.ModelSerializer):
    """A ticket and what its newest version states."""

    arrangement = serializers.SerializerMethodField()

    class Meta:
        model = AdmissionTicket
        fields = ("id", "entry", "number", "version", "status", "sent_at", "answered_at", "arrangement")

    def get_arrangement(self, ticket: AdmissionTicket) -> list[dict[str, Any]]:
        """Per subject: day, times, site, room, seat."""
        newest = next((one for one in ticket.versions.all() if one.version == ticket.version), None)
        return newest.facts["lines"] if newest else []


class EntryRows(generics.GenericAPIView):
    """The entries that somebody may see."""

    serializer_class = EntrySerializer
    queryset = Entry.objects.none()

    def get_queryset(self) -> QuerySet[Entry]:
        rows = Entry.objects.visible_to(self.request.user)
        rows = rows.select_related("exam_session__occupation")
        return rows.prefetch_related("seats__subject", "seats__sitting__room__site").order_by("-pk")


class EntryList(EntryRows, generics.ListAPIView):
    """`GET entries/`: newest first."""


class EntryDetail(EntryRows, generics.RetrieveAPIView):
    """`GET entries/{id}/`: another's entry is not found."""


class TicketRows(generics.GenericAPIView):
    """The tickets that somebody may see, once a version is made."""

    serializer_class = TicketSerializer
    queryset = AdmissionTicket.objects.none()

    def get_queryset(self) -> QuerySet[AdmissionTicket]:
        rows = AdmissionTicket.objects.visible_to(self.request.user)
        return rows.filter(version__gte=1).prefetch_related("versions").order_by("-pk")


class TicketList(TicketRows, generics.ListAPIView):
    """`GET tickets/`: newest first."""


class TicketDetail(TicketRows, generics.RetrieveAPIView):
    """`GET tickets/{id}/`: another's ticket is not found."""


class AnswerSerializer(serializers.Serializer[Any]):
    """The version that was looked at; the newest when left out."""

    version = serializers.IntegerField(required=False, min_value=1, max_value=32767)


class DisputeSerializer(AnswerSerializer):
    """What is wrong."""

    text = serializers.CharField(max_length=ticket_answers.DISPUTE_LENGTH)


class Answer(APIView):
    """What only the holder of a ticket may say."""

    def own(self, request: Request, pk: int) -> AdmissionTicket:
        rows = AdmissionTicket.objects.visible_to(request.user).filter(entry__candidate__user=request.user.pk)
        return get_object_or_404(rows.filter(version__gte=1), pk=pk)


class TicketConfirm(Answer):
    """`POST tickets/{id}/confirm/`: it is right; saying so twice is once."""

    @extend_schema(request=AnswerSerializer, responses=TicketSerializer)
    def post(self, request: Request, pk: int) -> Response:
        own, asked = self.own(request, pk), AnswerSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        ticket = ticket_answers.confirm(own.pk, by=Act.of(request), **asked.validated_data)
        return Response(TicketSerializer(ticket).data)


class TicketDispute(Answer):
    """`POST tickets/{id}/dispute/ {"text"}`: something is wrong."""

    @extend_schema(request=DisputeSerializer, responses=TicketSerializer)
    def post(self, request: Request, pk: int) -> Response:
        own, asked = self.own(request, pk), DisputeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        ticket = ticket_answers.dispute(own.pk, by=Act.of(request), **asked.validated_data)
        return Response(TicketSerializer(ticket).data)
