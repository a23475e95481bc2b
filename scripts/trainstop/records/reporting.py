"""What `report` hands on."""

from typing import ClassVar

from trainstop.records.base import Part


class ReportPart(Part):
    """Where the comment and the summary went."""

    stage: ClassVar[str] = "report"
    comment: str = ""
    summary: str = ""
