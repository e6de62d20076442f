"""The models of certificates, by noun."""

from .certificates import Certificate, Handover, IssueBatch, NumberImport, NumberSeries, NumberUse
from .registers import RegisterExport, RegisterLine, RegisterMapping
from .stock import StockTake

__all__ = [
    "Certificate",
    "Handover",
    "IssueBatch",
    "NumberImport",
    "NumberSeries",
    "NumberUse",
    "RegisterExport",
    "RegisterLine",
    "RegisterMapping",
    "StockTake",
]
