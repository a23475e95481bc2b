import pytest

from trainstop.adapters.child_output import CARRY, Output, plain
from trainstop.adapters.masking import Masker

SECRET = "hunter2hunter2"


def printed(tmp_path, *chunks: bytes, secrets=(SECRET,), head=1 << 20, end=1 << 16) -> tuple[str, str]:
    output = Output(tmp_path / "x.log", Masker(secrets), head=head, end=end)
    for chunk in chunks:
        output.feed(chunk)
    output.close()
    return (tmp_path / "x.log").read_text(encoding="utf-8"), output.tail(5)


@pytest.mark.parametrize("size", [1, 3, 13, 14, 1000])
def test_a_secret_cut_by_reads_is_masked_in_log_and_tail(tmp_path, size):
    text = f"a {SECRET} b\n{SECRET}{SECRET}\nend {SECRET}".encode()
    log, tail = printed(tmp_path, *(text[i : i + size] for i in range(0, len(text), size)))
    assert log == tail == "a *** b\n***\nend ***"


def test_a_secret_with_colours_inside_is_masked(tmp_path):
    log, _ = printed(tmp_path, b"hunter2\x1b[31mhunt\x1b[0mer2\n")
    assert log == "***\n"


def test_a_secret_without_any_line_end_around_it_is_masked(tmp_path):
    filler = b"x" * 70_000
    log, _ = printed(tmp_path, filler + SECRET[:5].encode(), SECRET[5:].encode() + filler, filler)
    assert SECRET not in log
    assert "***" in log


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("::set-output name=x::y", ": :set-output name=x::y"),
        ("  ::error::x", "  : :error::x"),
        ("ok ##[error]x", "ok # #[error]x"),
        ("a::b", "a::b"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("a\x00b\x08c\x9b", "abc"),
        ("10%\r20%\r\ndone", "10%\n20%\ndone"),
        ("safe\u202eevil", "safeevil"),
        ("tab\tstays", "tab\tstays"),
        ("::a\n::b", ": :a\n: :b"),
        ("x\r::warning::y", "x\n: :warning::y"),
    ],
)
def test_output_is_made_harmless(given, wanted):
    assert plain(given) == wanted


def test_bytes_that_are_not_text_do_no_harm(tmp_path):
    log, _ = printed(tmp_path, b"\xff\xfe caf\xc3", b"\xa9\n")
    assert log.endswith(" café\n")


def test_a_long_output_keeps_its_head_and_its_end(tmp_path):
    chunks = [f"line {number}\n".encode() for number in range(40_000)]
    log, tail = printed(tmp_path, *chunks, head=1000)
    assert log.startswith("line 0\nline 1\n")
    assert log.endswith("line 39999\n")
    assert "characters left out" in log
    assert len(log) < 70_000
    assert tail.splitlines()[-1] == "line 39999"


def test_a_secret_where_the_middle_was_left_out_shows_no_part(tmp_path):
    secret = "zq9Xw4Lm7Tk2Rv"
    for shift in range(0, len(secret), 3):
        chunks = [b"h" * 2000 + b"\n", b"x" * shift, *[secret.encode() * 6000] * 4]
        log, _ = printed(tmp_path, *chunks, secrets=(secret,), head=1000)
        assert "left out" in log
        assert not [part for part in (secret[i : i + 4] for i in range(11)) if part in log]


def test_a_secret_on_the_edge_of_what_is_written_first_is_masked(tmp_path):
    for shift in range(len(SECRET)):
        text = b"x" * 70_000 + SECRET.encode() + b"y" * (CARRY - shift)
        log, _ = printed(tmp_path, text, b"y\n")
        assert "unter2" not in log


def test_a_long_line_is_cut_in_the_tail(tmp_path):
    _, tail = printed(tmp_path, b"x" * 100_000 + b"\nlast\n")
    assert tail.endswith("\nlast")
    assert len(tail) < 1000


def test_only_the_last_lines_come_back(tmp_path):
    _, tail = printed(tmp_path, b"".join(f"{n}\n".encode() for n in range(100)))
    assert tail.split("\n") == ["95", "96", "97", "98", "99"]


def test_the_place_of_a_crash_comes_back_though_its_stack_is_long(tmp_path):
    stack = "".join(f"  File {number}\n" for number in range(60))
    _, tail = printed(tmp_path, f"hello\nFatal Python error: Segmentation fault\n\nCurrent thread\n{stack}".encode())
    lines = tail.split("\n")
    assert lines[0] == "Fatal Python error: Segmentation fault"
    assert lines[3] == "  File 0"
    assert lines[-1] == "  File 59"
    assert len(lines) == 16
