"""The zip archive that an artifact comes as: its one file is read in memory, and nothing is ever unpacked to disk."""

import io
import stat
import struct
import zipfile
import zlib

from trainstop.relaying.limits import FILE, UnfitError

ENCRYPTED = 0x1
KNOWN = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    IndexError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
)
"""What the standard library raises about an archive that is none, is damaged, or is of a kind it cannot read."""


def only_file(content: bytes, size: int) -> bytes:
    """Return the one file of an archive.

    Args:
        content: the archive.
        size: bytes that the file may have, as it says and as it turns out.

    Raises:
        UnfitError: it is no archive, holds anything but one plain file of the agreed name, or the file is too large.

    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) != 1:
                raise UnfitError(f"the archive holds {len(members)} files instead of one")
            _require_plain(members[0], size)
            with archive.open(members[0]) as file:
                found = file.read(size + 1)
                if len(found) > size or file.read(1):
                    raise UnfitError(f"its file is larger than {size} bytes, and than it says")
    except BROKEN as error:
        raise UnfitError("it is no zip archive, or a damaged one") from error
    return found


def _require_plain(member: zipfile.ZipInfo, size: int) -> None:
    """Refuse a member that is no plain file of the agreed name, before any of it is read."""
    if member.orig_filename != FILE or member.filename != FILE:
        raise UnfitError(f"its file is not named `{FILE}`")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if member.is_dir() or kind not in (0, stat.S_IFREG):
        raise UnfitError("it holds a link or a folder instead of a file")
    if member.flag_bits & ENCRYPTED:
        raise UnfitError("its file is encrypted")
    if member.compress_type not in KNOWN:
        raise UnfitError("its file is compressed in an unusual way")
    if member.file_size > size:
        raise UnfitError(f"its file says to be {member.file_size} bytes, more than {size}")
