"""What `report` hands on."""

from typing import ClassVar

from trainstop.records.base import Part


class ReportPart(Part):
    """Where the comment and the summary went."""

    stage: ClassVar[str] = "report"
    comment: str = ""
    summary: str = ""
    file: str = ""
    """Path of the file with the records in short, for `receive`; empty where there is no need of one."""
