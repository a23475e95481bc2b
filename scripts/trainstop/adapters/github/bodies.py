"""What GitHub takes: texts cut at the end of a row, and titles on one line."""

LONGEST = 65_536
"""Characters of a comment or an issue."""
LONGEST_TITLE = 256
MEMORY = "<!-- trainstop:memory "


def fitting(text: str, elsewhere: str, limit: int = LONGEST) -> str:
    """Return a text that GitHub takes: clean, and cut at the end of a row where it is too long.

    The hidden line that an issue remembers by is kept, whatever is cut.

    Args:
        text: Markdown of ours, which came through the escaping door.
        elsewhere: where the rest can be read, in words.
        limit: characters.

    """
    clean = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")
    if length(clean) <= limit:
        return clean
    memory = next((line for line in clean.splitlines() if line.startswith(MEMORY)), "")
    ending = f"\n\n*Cut here: GitHub takes {limit} characters. The rest is in {elsewhere}.*\n{memory}"
    closing = "\n\n</details>"
    fence = "\n```"
    room = limit - length(ending) - length(closing) - length(fence)
    kept: list[str] = []
    for line in clean.splitlines():
        room -= length(line) + 1
        if room < 0:
            break
        kept.append(line)
    still_open = sum(line.startswith("<details>") for line in kept) > kept.count("</details>")
    in_block = sum(line.startswith("```") for line in kept) % 2 == 1
    return "\n".join(kept) + (fence if in_block else "") + (closing if still_open else "") + ending


def title(text: str) -> str:
    """Return a title on one line."""
    line = " ".join(text.encode("utf-8", "replace").decode("utf-8").replace("\x00", " ").split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"


def length(text: str) -> int:
    """Return a text's length the larger way GitHub may count it: in UTF-16."""
    return len(text.encode("utf-16-le")) // 2
