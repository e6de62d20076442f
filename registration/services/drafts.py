"""Filling in an application, step by step: every step saves itself and may be repeated (rules E2, E3, A1, A3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from exams.enums import EntryKind
from exams.models import Occupation, Subject
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.dates import local_day
from kupasi.errors import Refusal, raise_first
from kupasi.people.models import Candidate, Consent, ConsentText, Photo
from kupasi.people.photos import keep_photo
from kupasi.people.rules import judge_name, one_line
from registration.enums import ApplicationStatus, Channel, Step
from registration.models import Application, ApplicationItem
from registration.rules import judge_core_change, judge_correction

from . import facts, retake_facts
from .moves import lock

FROZEN = frozenset({ApplicationStatus.APPROVED, ApplicationStatus.CONFIRMED, ApplicationStatus.CONCLUDED})


@dataclass(frozen=True, slots=True)
class Identity:
    """What the first step asks for."""

    name: str
    education: str
    employer: str = ""
    needs: str = ""


@transaction.atomic
def start_draft(candidate: Candidate, *, by: Act, channel: Channel = Channel.WEB) -> Application:
    """The person's draft: the one there is, or a new one filled with what is already known (rules E5)."""
    draft = _draft_of(candidate)
    if draft is None:
        try:
            with transaction.atomic():
                draft = _new_draft(candidate, by=by, channel=channel)
        except IntegrityError:  # another tab was faster
            draft = Application.objects.get(candidate=candidate, status=ApplicationStatus.DRAFT)
        else:
            record(by, "application.started", draft, after={"channel": channel})
    if draft.channel != channel:
        draft.channel, draft.created_by = channel, by.actor
        draft.save(update_fields=["channel", "created_by"])
        record(by, "application.taken_over", draft, after={"channel": channel})
    return draft


def save_identity(application_id: int, *, by: Act, identity: Identity) -> Application:
    """Step one. Refuses with name_length, name_chars, core_frozen, wrong_status, correction_over."""
    judged = judge_name(identity.name)
    raise_first(judged.errors)
    with transaction.atomic():
        application = _open_step(application_id, Step.IDENTITY, by=by)
        candidate = application.candidate
        if candidate.name != judged.normalized:
            _rename(candidate, judged.normalized, by=by)
        application.name = judged.normalized
        application.document = candidate.documents.filter(is_primary=True).first()
        application.education = candidate.education = identity.education
        application.employer = candidate.employer = one_line(identity.employer)
        application.needs = one_line(identity.needs)
        candidate.save(update_fields=["name", "education", "employer"])
        return _saved(application, Step.IDENTITY, by=by)


def save_photo(application_id: int, *, by: Act, data: bytes) -> Application:
    """Step two. Refuses as `check_photo` does; nothing of a refused picture is kept."""
    with transaction.atomic():
        application = _open_step(application_id, Step.PHOTO, by=by)
        photo = keep_photo(application.candidate, data, by=by)
        return _with_photo(application, photo, by=by)


def keep_present_photo(application_id: int, *, by: Act) -> Application:
    """Step two with the portrait that is already there. Refuses with `photo_missing`."""
    with transaction.atomic():
        application = _open_step(application_id, Step.PHOTO, by=by)
        if application.photo is None or photo_returned(application):
            raise Refusal("photo_missing", "请选择一张新的近期正面免冠白底照片。", "通知 二(五)")
        return _with_photo(application, application.photo, by=by)


def save_subjects(
    application_id: int, *, by: Act, occupation: str, subjects: Sequence[str] | None = None
) -> Application:
    """Step three: an occupation by its code, with all its subjects (rules P1, T3).

    Refuses with unknown_occupation, unknown_subject, subject_repeated, subjects_incomplete, occupation_fixed.
    """
    with transaction.atomic():
        application = _open_step(application_id, Step.SUBJECTS, by=by)
        chosen = _chosen(application, occupation, kind=EntryKind.FULL)
        return _with_subjects(application, chosen, _all_subjects(chosen, subjects), kind=EntryKind.FULL, by=by)


def save_retake(application_id: int, *, by: Act, occupation: str) -> Application:
    """Step three of a retake: an occupation by its code, with the subjects that are missing (rules T1, T6).

    Refuses with unknown_occupation, occupation_fixed, and the codes of `judge_standing`.
    """
    with transaction.atomic():
        application = _open_step(application_id, Step.SUBJECTS, by=by)
        chosen = _chosen(application, occupation, kind=EntryKind.RETAKE)
        if application.number:  # returned: what it takes was settled when it was handed in
            return _saved(application, Step.SUBJECTS, by=by)
        wanted = retake_facts.subjects_to_sit(application.candidate, chosen, on=by.on)
        return _with_subjects(application, chosen, wanted, kind=EntryKind.RETAKE, by=by)


def _chosen(application: Application, code: str, *, kind: EntryKind) -> Occupation:
    """The occupation of this code, if this application may be for it."""
    chosen = Occupation.objects.public().filter(code=code).first()
    if chosen is None:
        raise Refusal("unknown_occupation", "没有这个职业，请从列出的职业中选择。", "通知 一")
    if application.number and (application.occupation, application.kind) != (chosen, kind):
        message = "已提交的申报不能改报其他职业，也不能在新申报与补考之间改换；需要的，请先撤回，再重新申报。"
        raise Refusal("occupation_fixed", message, "通知 二(二)")
    return chosen


def _with_subjects(
    application: Application, chosen: Occupation, wanted: list[Subject], *, kind: EntryKind, by: Act
) -> Application:
    """The occupation with these subjects; another occupation has other conditions to declare."""
    if application.occupation != chosen:
        application.conditions = []
        application.done_steps = [step for step in application.done_steps if step != Step.PLEDGE]
    application.occupation, application.kind = chosen, kind
    if not application.number:
        application.items.exclude(subject__in=wanted).delete()
        rows = [ApplicationItem(application=application, subject=subject) for subject in wanted]
        ApplicationItem.objects.bulk_create(rows, ignore_conflicts=True)
    return _saved(application, Step.SUBJECTS, by=by)


def save_pledge(
    application_id: int, *, by: Act, conditions: Sequence[str | int], pledge_version: int | None
) -> Application:
    """Step four: every condition declared, by its text or key, and the pledge in its version in force (rules E2, E3).

    Refuses with condition_missing, pledge_missing, pledge_outdated, incomplete.
    """
    with transaction.atomic():
        application = _open_step(application_id, Step.PLEDGE, by=by)
        if application.occupation is None:
            raise Refusal("incomplete", "请先选择职业，再声明申报条件。", "通知 二(一)", step=Step.SUBJECTS)
        declared = _declared(application.occupation, conditions)
        pledge = facts.pledge_text(by.on)
        if pledge is None or pledge_version is None:
            raise Refusal("pledge_missing", "请阅读并勾选承诺书。", "须知 一", asked=_asked(pledge))
        if pledge.version != pledge_version:
            raise Refusal(
                "pledge_outdated", "承诺书内容已更新，请阅读新版后重新勾选。", "须知 一", asked=_asked(pledge)
            )
        application.conditions, application.pledge = declared, pledge
        application.pledged_at, application.pledged_from = by.at, by.address
        Consent.objects.create(
            user=by.actor, candidate=application.candidate, text=pledge, given_at=by.at, address=by.address
        )
        return _saved(application, Step.PLEDGE, by=by)


def _asked(pledge: ConsentText | None) -> dict[str, object] | None:
    """The pledge that the next attempt must agree to."""
    return {"version": pledge.version, "text": pledge.text} if pledge else None


def open_steps(application: Application) -> frozenset[Step]:
    """The steps that may be filled in now: all of a draft, the returned ones of a returned application."""
    if application.status == ApplicationStatus.DRAFT:
        return frozenset(Step)
    if application.status != ApplicationStatus.RETURNED:
        return frozenset()
    items = list(application.returned_items.values_list("step", "returned_at"))
    latest = max((at for _, at in items), default=None)
    return frozenset(Step(step) for step, at in items if at == latest)


def photo_returned(application: Application) -> bool:
    """Whether the desk sent the portrait back and no new one has come yet."""
    return application.returned_items.filter(step=Step.PHOTO, resolved_at=None).exists()


def judge_in_time(application: Application, *, by: Act) -> None:
    """Refuse with `correction_over` once a returned application's time is over (rules A3)."""
    if application.status == ApplicationStatus.RETURNED and application.window is not None:
        until = local_day(application.correct_until) if application.correct_until else None
        refusal = judge_correction(by.at, application.window.closes_on, extended_until=until)
        raise_first([refusal] if refusal else [])


def _draft_of(candidate: Candidate) -> Application | None:
    return Application.objects.filter(candidate=candidate, status=ApplicationStatus.DRAFT).first()


def _new_draft(candidate: Candidate, *, by: Act, channel: Channel) -> Application:
    return Application.objects.create(
        candidate=candidate,
        channel=channel,
        name=candidate.name,
        document=candidate.documents.filter(is_primary=True).first(),
        photo=Photo.objects.filter(candidate=candidate).order_by("-pk").first(),
        education=candidate.education,
        employer=candidate.employer,
        created_at=by.at,
        created_by=by.actor,
    )


def _open_step(application_id: int, step: Step, *, by: Act) -> Application:
    """The locked application, if this step of it may be filled in now."""
    application = lock(application_id)
    if step not in open_steps(application):
        raise Refusal("wrong_status", "这一项现在不能修改，请刷新页面查看最新进度。")
    judge_in_time(application, by=by)
    return application


def _saved(application: Application, step: Step, *, by: Act) -> Application:
    if step not in application.done_steps:
        application.done_steps = [*application.done_steps, step.value]
    application.save()
    application.returned_items.filter(step=step, resolved_at=None).update(resolved_at=by.at)
    record(by, "application.step_saved", application, after={"step": step})
    return application


def _with_photo(application: Application, photo: Photo, *, by: Act) -> Application:
    application.photo = photo
    return _saved(application, Step.PHOTO, by=by)


def _rename(candidate: Candidate, name: str, *, by: Act) -> None:
    """Correct the person's name unless an approved application stands on it (rules A1)."""
    for status in candidate.applications.filter(status__in=FROZEN).values_list("status", flat=True)[:1]:
        refusal = judge_core_change(status, {"name"})
        raise_first([refusal] if refusal else [])
    candidate.name = name
    record(by, "candidate.renamed", candidate)


def _all_subjects(occupation: Occupation, asked: Sequence[str] | None) -> list[Subject]:
    """The subjects of a full application: all of them, each named at most once."""
    present = Subject.objects.of_mode(occupation.exam_mode).filter(occupation=occupation)
    subjects = {subject.code: subject for subject in present}
    if asked is None:
        return list(subjects.values())
    if unknown := [code for code in asked if code not in subjects]:
        del unknown
        raise Refusal("unknown_subject", "没有这个科目，请从该职业的科目中选择。", "通知 二(四)")
    if len(set(asked)) < len(asked):
        raise Refusal("subject_repeated", "同一科目只需选择一次，请去掉重复的科目。", "通知 二(四)")
    if len(asked) < len(subjects):
        raise Refusal(
            "subjects_incomplete", "新申报须包含该职业的全部科目；只考部分科目的，请申请补考。", "通知 四(一)"
        )
    return list(subjects.values())


def _declared(occupation: Occupation, given: Sequence[Any]) -> list[str]:
    """The texts of the conditions, if each of them was declared."""
    wanted = list(occupation.conditions.filter(is_active=True))
    if not all(one.pk in given or one.text in given for one in wanted):
        asked = [{"id": one.pk, "text": one.text} for one in wanted]
        raise Refusal("condition_missing", "请逐条确认申报条件；不符合的，暂时不能申报。", "通知 二(一)", asked=asked)
    return [one.text for one in wanted]
