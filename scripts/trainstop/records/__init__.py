"""What a stage hands on: one frozen, versioned JSON record. Reports are made from records and recompute nothing."""

from trainstop.records.base import Check, CheckStatus, Failure, Provenance, Record, Result, Status, conclude
from trainstop.records.store import Results

__all__ = ["Check", "CheckStatus", "Failure", "Provenance", "Record", "Result", "Results", "Status", "conclude"]
