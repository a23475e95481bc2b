"""The real adapters, as far as they are made here."""

import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from trainstop.adapters.runner import Runner
from trainstop.adapters.secrecy import Secrecy
from trainstop.config import Config
from trainstop.errors import NoCredentialError, TimeLimitError
from trainstop.live_ports import LivePorts
from trainstop.settings import Settings
from trainstop.workspace import Workspace


def ports(root: Path, *secrets: str, **given: str) -> LivePorts:
    commands = {"commit": "true", "abort": "true", "current": "sleep 30"}
    section = {"target": "command", "strategy": "all-at-once", "commands": commands, "secrets": secrets}
    config = Config.model_validate({"model": {"name": "m", "task": "binary"}, "environments": {"production": section}})
    progress: Any = SimpleNamespace(note=lambda text: None)
    settings = Settings.from_environ({"PATH": os.environ["PATH"], **given})
    return LivePorts(config, Workspace(root), settings, progress, Runner(), Secrecy(()))


def test_a_target_that_is_only_asked_is_given_no_longer_than_is_said(tmp_path: Path) -> None:
    before = time.monotonic()
    with pytest.raises(TimeLimitError):
        ports(tmp_path).target("production", within=0.2).current()
    assert time.monotonic() - before < 20


def test_a_target_is_the_same_one_each_time_that_no_time_is_named(tmp_path: Path) -> None:
    live = ports(tmp_path)
    usual = live.target("production")
    assert live.target("production", within=0.2) is not usual
    assert live.target("production") is usual


def test_a_target_is_not_asked_without_the_secrets_that_it_is_given(tmp_path: Path) -> None:
    with pytest.raises(NoCredentialError, match="DEPLOY_TOKEN is not set"):
        ports(tmp_path, "DEPLOY_TOKEN").target("production", within=0.2)
    assert ports(tmp_path, "DEPLOY_TOKEN").target("production")
    assert ports(tmp_path, "DEPLOY_*", DEPLOY_TOKEN="s3cret").target("production", within=0.2)
