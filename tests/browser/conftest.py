"""A headless Chromium out of an npm package."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

import chromium


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The browser."""
    with chromium.browser(tmp_path_factory.mktemp("home")) as launched:
        yield launched
