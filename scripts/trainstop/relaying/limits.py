"""How large anything in the file may be: the writer keeps to it, the reader refuses what does not."""

FILE = "report.json"
SCHEMA_VERSION = 1
BYTES = 1 << 20
"""Of the file."""
ARCHIVE_BYTES = BYTES + (1 << 16)
"""Of the archive that it comes in, which is never much larger than an honest file."""
TEXT = 2000
"""Characters of a text."""
NAME = 300
"""Characters of a name, or of a key."""
DEPTH = 24
"""Levels of lists and objects; a record of ours has ten."""
DIGITS = 17
LARGEST_COUNT = 1 << 53
LARGEST = 1e200
"""Of a measured number: sums and ratios of some of them still are numbers."""


class UnfitError(Exception):
    """What came is not what an honest run writes; the words say why, and repeat nothing of it."""
