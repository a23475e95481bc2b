"""Times, memory and size of a model, against limits and the champion."""

from pathlib import Path

from trainstop.judgement import performance
from trainstop.modeltests.examined import Examined, Group, has_champion, no_champion
from trainstop.records import Check, CheckStatus
from trainstop.records.judging import Performance


def fast(examined: Examined) -> Group:
    """Times, memory and size against limits and the champion."""
    seen, limits = examined.seen, examined.job.config.model_test.performance
    if seen.timing is None:
        reason = seen.timing_error or f"the model's process ended: {seen.broke}"
        return Group([Check(name="performance", status=CheckStatus.FAILED, reason=reason)])
    workspace = examined.job.workspace
    mine = performance.speed(seen.timing, _size(workspace.candidate.model))
    if seen.champion is None:
        found = Performance(candidate=mine, reason=seen.champion_error or no_champion(examined.job))
    else:
        ratio, interval = performance.slowness(seen.timing, seen.champion)
        champion = performance.speed(seen.champion, _size(workspace.champion.model))
        found = Performance(candidate=mine, champion=champion, ratio=ratio, ratio_interval=interval)
    return Group(performance.checks(found, limits, champion=has_champion(examined.job)), {"performance": found})


def _size(folder: Path) -> int:
    """Return the bytes of all files of a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
