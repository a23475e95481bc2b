"""Secrets that give themselves away, and ordinary text that only looks a little like them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainstop.adapters.environ import cleaned
from trainstop.adapters.known_keys import is_one
from trainstop.adapters.masking import MASK, Masker

A = "aB3" * 30
KEYS = [
    "AKIA" + "ABCDEFGH23456789", "gh" + "p_" + A[:36], "github" + "_pat_" + A[:40], "gl" + "pat-" + A[:20],
    "xox" + "b-123456789012-abcdef", "sk" + "-" + A[:40], "sk" + "_live_" + A[:24], "hf" + "_" + A[:34],
    "AI" + "za" + A[:35], "pypi" + "-" + A[:60], "npm" + "_" + A[:36], "dapi" + "0123456789abcdef" * 2,
    "SG" + "." + A[:22] + "." + A[:43], "eyJ" + A[:12] + ".eyJ" + A[:12] + "." + A[:20],
]  # fmt: skip


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key[:6])
def test_a_key_of_a_published_form_is_masked_in_the_middle_of_words(key: str) -> None:
    assert Masker([]).mask(f"it said '{key}', and ended") == f"it said '{MASK}', and ended"
    assert is_one(key)
    assert cleaned({"HARMLESS_NAME": key}) == {}


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("postgres://ann:hunter22@db/x", "postgres://ann:***@db/x"),
        ("https://x-token-0123456789@example.org/", "https://***@example.org/"),
        ("password=hunter22 next", "password=*** next"),
        ('{"db_password": "hunter22"}', '{"db_password": "***"}'),
        ("API_KEY: 'abcdef123'", "API_KEY: '***'"),
        ("Authorization: Bearer abcdef.123456789", "Authorization: Bearer ***"),
        ("TOKEN = 'q7Zt0Lm2Xv9Rb4Ns8Ky1'", "TOKEN = '***'"),
        ("client_secret: 0f3a9c77d1e84b26a5c0", "client_secret: ***"),
        ('{"db_key": "Zx8+qL2/vN4mT7yR1wK9uB3="}', '{"db_key": "***"}'),
        ("AccountKey=" + "q" * 86 + "==;x", "AccountKey=***;x"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\nabc=\n-----END PRIVATE KEY-----\nafter", "***\nafter"),
    ],
)
def test_a_password_is_masked_by_where_it_stands(text: str, masked: str) -> None:
    assert Masker([]).mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "password: missing value", "password=None", "api_key: 0.7", "sort_key=distance", "the token was refused",
        "sha256:" + "0123456789abcdef" * 4, "models:/late-parcels@champion", "git+ssh://git@github.com/acme/x",
        "https://github.com/acme/repo/actions/runs/1", "primary-key", "max_tokens=100000", "hf_transfer==0.1",
        "task-force-of-the-people", "npm_config", "2026-01-01T10:00:00+00:00", "key=value",
        "token: the-next-of-these-words-here", "token=aaaaaaaaaaaaaaaaaaaaaaaa1", "secret = some_function_of_2_args",
        "token = abcdefgh1", "tokens: 12345678901234567890", "monkey=q7Zt0Lm2Xv9Rb4Ns8Ky1", "password=***",
    ],
)  # fmt: skip
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert Masker([]).mask(text) == text


@pytest.mark.parametrize(
    "piece", ["password", "a_", "://a:", "-----BEGIN PRIVATE KEY-----\n", "eyJaaaaaaaa.", "sk-", "gh"]
)
def test_no_text_keeps_it_busy(piece: str) -> None:
    begun = time.monotonic()
    Masker([]).mask(piece * (200_000 // len(piece)))
    assert time.monotonic() - begun < 5


@given(st.text(), st.sampled_from(KEYS), st.text())
def test_whatever_stands_around_a_key_it_is_gone(before: str, key: str, after: str) -> None:
    assert key not in Masker([]).mask(f"{before} {key} {after}")
