"""Rooms for the office: their facts, and the drawn plan of their seats."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from exams.models import Place, Room, Sitting
from exams.services.room_plans import draw_plan, grid, mark_places, stranded
from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form

from .arrange import does, may_do
from .forms_rooms import MarkForm, PlanForm
from .venues import ArrangedAdmin


class RoomForm(forms.ModelForm):
    """A room; it cannot become smaller than a sitting that is planned in it. With a plan, the plan counts its seats."""

    class Meta:
        model = Room
        fields = ("site", "name", "capacity", "stations", "is_spare", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.places.exists():
            for name in ("capacity", "stations"):
                if name in self.fields:
                    self.fields[name].disabled = True

    def clean_capacity(self) -> int:
        capacity: int = self.cleaned_data["capacity"]
        planned = Sitting.objects.filter(room=self.instance.pk, capacity__gt=capacity).order_by("-capacity").first()
        if self.instance.pk and planned is not None:
            raise forms.ValidationError(f"{planned.on:%Y-%m-%d} 的安排有 {planned.capacity} 个名额，座位数不能更少。")
        return capacity


@admin.register(Room)
class RoomAdmin(ArrangedAdmin):
    """Rooms of a site, each with its plan."""

    form = RoomForm
    list_display = ("name", "site", "capacity", "stations", "is_spare", "is_active")
    list_filter = ("site", "is_spare", "is_active")
    list_select_related = ("site",)
    search_fields = ("name", "site__name")
    change_form_template = "admin/exams/room.html"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/plan/", wrap(self.plan), name="exams_room_plan"),
            path("<int:pk>/plan/draw/", wrap(self.draw), name="exams_room_draw"),
            path("<int:pk>/plan/mark/", wrap(self.mark), name="exams_room_mark"),
        ]
        return [*own, *super().get_urls()]

    @does("seat.arrange")
    def plan(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The plan as it is drawn, and what can be said of its seats."""
        return self._page(request, pk)

    @does("seat.arrange")
    def draw(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A new plan from rows, columns, aisles and gaps."""
        form = PlanForm(request.POST or None)
        if form.is_valid():
            try:
                made = draw_plan(pk, layout=form.layout, by=Act.of(request))
            except Refusal as refusal:
                add_to_form(form, refusal)
            else:
                self.message_user(request, f"座次图已绘制，共 {len(made)} 个座位。", messages.SUCCESS)
                return redirect("admin:exams_room_plan", pk)
        return self._page(request, pk, plan_form=form)

    @does("seat.arrange")
    def mark(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Accessible, for which mode, with which equipment, blocked and why: for the seats that are ticked."""
        form = MarkForm(request.POST or None)
        if form.is_valid():
            try:
                done = mark_places(pk, numbers=form.cleaned_data["numbers"], change=form.change, by=Act.of(request))
            except Refusal as refusal:
                add_to_form(form, refusal)
            else:
                self.message_user(request, f"已标注 {len(done)} 个座位。", messages.SUCCESS)
                return redirect("admin:exams_room_plan", pk)
        return self._page(request, pk, mark_form=form)

    def _page(self, request: HttpRequest, pk: int, **forms: Any) -> HttpResponse:
        room = get_object_or_404(Room.objects.select_related("site"), pk=pk)
        places = list(Place.objects.filter(room=room))
        context = {
            **self.admin_site.each_context(request),
            "title": f"座次图 · {room}",
            "room": room,
            "places": places,
            "grid": grid(places),
            "stranded": stranded(pk, at=Act.of(request).at),
            "ticked": set(request.POST.getlist("numbers")),
            "theory": sum(one.serves(station=False) for one in places),
            "practical": sum(one.serves(station=True) for one in places),
            "plan_form": forms.get("plan_form") or PlanForm(initial={"rows": 6, "columns": 5}),
            "mark_form": forms.get("mark_form") or MarkForm(),
            "may_arrange": may_do(request.user, "seat.arrange"),
        }
        return TemplateResponse(request, "admin/exams/room_plan.html", context)
