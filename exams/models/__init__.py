"""The nouns of the exams, split by what they belong to."""

from .calendar import ExamSession, Plan, SpecialDay, Window, WindowChange, WorkdayYear
from .disruptions import Disruption
from .door import CheckIn, OfflineNote, RoomRecord
from .entries import AdmissionTicket, Entry, Seat, TicketPacket, TicketVersion
from .marks import Mark, MarkEntry, Publication, ResultFlag
from .office import Document, DocumentVersion, Setting
from .prints import PrintRun
from .programme import Fee, Occupation, OccupationCondition, Subject
from .publishing import PaperTotal, Relation, Release
from .rechecks import MarkChange, Recheck
from .retakes import GivenUpPass, KeptPass, RetakeScheme
from .seating import SeatingRun, SeatSeed
from .staffing import Duty, Tie
from .venues import Place, Room, Site, Sitting

__all__ = [
    "AdmissionTicket",
    "CheckIn",
    "Disruption",
    "Document",
    "DocumentVersion",
    "Duty",
    "Entry",
    "ExamSession",
    "Fee",
    "GivenUpPass",
    "KeptPass",
    "Mark",
    "MarkChange",
    "MarkEntry",
    "Occupation",
    "OccupationCondition",
    "OfflineNote",
    "PaperTotal",
    "Place",
    "Plan",
    "PrintRun",
    "Publication",
    "Recheck",
    "Relation",
    "Release",
    "ResultFlag",
    "RetakeScheme",
    "Room",
    "RoomRecord",
    "Seat",
    "SeatSeed",
    "SeatingRun",
    "Setting",
    "Site",
    "Sitting",
    "SpecialDay",
    "Subject",
    "TicketPacket",
    "TicketVersion",
    "Tie",
    "Window",
    "WindowChange",
    "WorkdayYear",
]
