"""What `report` hands on."""

from typing import ClassVar

from trainstop.records.base import Part


class ReportPart(Part):
    """Where the comment, the summary and the page went."""

    stage: ClassVar[str] = "report"
    comment: str = ""
    summary: str = ""
    page: str = ""
    """Path of the HTML page."""
    file: str = ""
    """Path of the file with the records in short, for `receive`; empty where there is no need of one."""
