"""The one door through which foreign text enters Markdown: nothing that passes it can act; ordinary words stay words.

Owns what GitHub does with text beyond Markdown itself: mentions, references, closing keywords, autolinks, emoji, math,
hidden comments. Words that could do any of it go into a code span, where all of it is off; the rest stays as it is.
"""

import re
import unicodedata

ELLIPSIS = "…"
BLANK = "(blank)"
PLAIN = frozenset(".,;:!?%()'\"=/+-_")
"""ASCII punctuation that may stand outside a code span; the patterns below say when it must not."""
ESCAPED = {"[": "\\[", "]": "\\]", "&": "&amp;"}
COMPARISONS = {"<": "&lt;", ">": "&gt;", "<=": "&lt;=", ">=": "&gt;=", "->": "-&gt;"}
IN_CODE = {"`": "\N{MODIFIER LETTER GRAVE ACCENT}", "|": "\N{BROKEN BAR}", "<!--": "<!\N{NON-BREAKING HYPHEN}-"}
"""A code span knows no escapes, so what would end it, its table cell, or pass for a marker gets a look-alike."""
INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Characters of visible categories that show nothing."""

ACTIVE = re.compile(
    r"www\.|://|//|^(?:https?|ftp|mailto|xmpp|javascript):"  # autolinks
    r"|\bgh-\d|\b(?=\d*[a-f])[0-9a-f]{7,64}\b"  # references to issues and commits
    r"|:.*:"  # emoji
    r"|(?<![^\W_])_|_(?![^\W_])",  # emphasis, unless between letters
    re.IGNORECASE,
)
OPENS_A_LINE = re.compile(r"[-+=:.<>]+|\d+[.)]")
"""First words that make a list, a heading, a quote or a table's rule of their line."""

NAME_IN_CODE = re.compile(r"(?:(?<= )|^)(\(?)`([^` ](?:[^`]*[^` ])?)`([.,;:!?)]*)(?= |$)")
"""A name between backticks, as our own messages write it, standing apart from other words."""


def markdown(text: str, *, limit: int = 300) -> str:
    """Return `text` as harmless inline GitHub-flavoured Markdown on one line, fit for a table's cell.

    It mentions nobody, refers to and closes nothing, links nowhere, holds no HTML, and breaks neither line, cell nor
    code span. Whatever cannot be seen is shown as its code point. A name that the text itself puts between two
    backticks stays code. Not for raw HTML blocks, where Markdown is off.

    Args:
        text: anything, lone surrogates included.
        limit: characters that are kept; the rest becomes an ellipsis.

    """
    line, shown, start = visible(text, limit), [], 0
    for name in NAME_IN_CODE.finditer(line):
        shown += _words(line[start : name.start()], first=start == 0)
        shown += [f"{name[1]}{_span([name[2]])[0]}{name[3]}"]
        start = name.end()
    return " ".join([*shown, *_words(line[start:], first=start == 0)])


def code(text: str, *, limit: int = 120) -> str:
    """Return `text` as one code span: for digests, paths, commands, and names that shall look like names."""
    return _span([visible(text, limit) or BLANK])[0]


def block(text: str, *, limit: int = 4000) -> str:
    """Return lines (a process's last words, say) as a fenced code block; of too many characters the last ones stay."""
    cut = text[-limit:]
    lines = [_literal(_seen(line)).rstrip() for line in re.split(r"\r\n|\n|\r", cut)]
    return "\n".join(["```text", *([ELLIPSIS] if len(text) > limit else []), *lines, "```"])


def visible(text: str, limit: int) -> str:
    """Return `text` on one line, single spaces between words, with everything unseen shown, cut to `limit`."""
    start = text[: 8 * limit]
    line = " ".join(_seen(re.sub(r"[\r\n\u2028\u2029]+", " ⏎ ", start.strip())).split())
    if not line and text:
        line = BLANK
    if len(line) > limit or len(start) < len(text):
        line = line[: limit - 1].rstrip() + ELLIPSIS
    return line


def _seen(text: str) -> str:
    """Show what cannot be seen, and make every space a plain one."""
    return "".join(character if " " <= character <= "~" else _show(character) for character in text)


def _show(character: str) -> str:
    """Return a character that is not printable ASCII as something that can be seen."""
    category = unicodedata.category(character)
    if category == "Zs" or character == "\t":
        return " "
    hidden_selector = "\ufe00" <= character <= "\ufe0e" or "\U000e0100" <= character <= "\U000e01ef"
    if category[0] == "C" or category in ("Zl", "Zp") or character in INVISIBLE or hidden_selector:
        return f"⟨U+{ord(character):04X}⟩"
    return character


def _words(line: str, *, first: bool) -> list[str]:
    """Return the words of a line, those that could do something in code spans."""
    shown: list[str] = []
    in_code: list[str] = []
    for word in line.split():
        inline = _inline(word, first=first)
        first = False
        if inline is None:
            in_code.append(word)
        else:
            shown += [*_span(in_code), inline]
            in_code = []
    return [*shown, *_span(in_code)]


def _inline(word: str, *, first: bool) -> str | None:
    """Return a word as it may stand outside a code span; None when it may not."""
    if not first and word in COMPARISONS:
        return COMPARISONS[word]
    folded = unicodedata.normalize("NFKC", word)
    if (first and OPENS_A_LINE.fullmatch(word)) or ACTIVE.search(word) or ACTIVE.search(folded):
        return None
    if any(character.isascii() and not _plain(character) for character in folded):
        return None
    return "".join(ESCAPED.get(character, character) for character in word)


def _plain(character: str) -> bool:
    """Say whether an ASCII character may stand outside a code span."""
    return character.isalnum() or character in PLAIN or character in ESCAPED


def _span(words: list[str]) -> list[str]:
    """Return words as one code span, or nothing for none."""
    if not words:
        return []
    return [f"`{_literal(' '.join(words))}`"]


def _literal(text: str) -> str:
    """Return text as it may stand in code."""
    for active, harmless in IN_CODE.items():
        text = text.replace(active, harmless)
    return text
