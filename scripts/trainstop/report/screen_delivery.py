"""What a terminal shows of the stages that register, deploy, promote and roll back, and of where things stand."""

from trainstop.records.delivery import (
    DeployPart,
    EnvironmentStatus,
    HistoryPart,
    IntegrationTestPart,
    LoadResult,
    NewestPart,
    PreflightPart,
    PromotePart,
    ReconcilePart,
    RegisterPart,
    RollbackPart,
    StagingTestPart,
    StatusPart,
    StopPart,
)
from trainstop.records.travelling import PackPart, ReceivePart, UnpackPart
from trainstop.report import words
from trainstop.report.screen import SENTENCE, part_lines, plain, table


@part_lines.register
def _(part: RegisterPart) -> list[str]:
    how = "registered now" if part.created else "was registered already"
    return [f"  {plain(part.model_name)} version {part.model_version}: {how}", f"  key {plain(part.key, 80)}"]


@part_lines.register
def _(part: PackPart) -> list[str]:
    left = [f"  without {plain(', '.join(part.left_out))}"] if part.left_out else []
    return [
        f"  {words.count(part.files, 'file')}, {words.size(part.bytes)}",
        f"  digest {plain(part.digest, 80)}",
        *left,
    ]


@part_lines.register
def _(part: UnpackPart) -> list[str]:
    left = [f"  without {plain(', '.join(part.left_out))}"] if part.left_out else []
    return [f"  {plain(part.content)}, with {words.count(part.files, 'record')}", *left]


@part_lines.register
def _(part: ReceivePart) -> list[str]:
    return [
        f"  pull request {part.pull_request} of {plain(part.repository)} at {plain(part.commit[:7])}",
        f"  run {part.run}, attempt {part.attempt}: {plain(', '.join(part.stages))}",
    ]


@part_lines.register
def _(part: IntegrationTestPart) -> list[str]:
    spans = (("installed in", part.install_seconds), ("started in", part.start_seconds))
    said = [f"{what} {words.duration(seconds)}" for what, seconds in spans if seconds is not None]
    return [f"  version {part.model_version}{': ' if said else ''}{', '.join(said)}"]


@part_lines.register
def _(part: DeployPart) -> list[str]:
    before = f", before it version {part.previous_version}" if part.previous_version is not None else ""
    rows = [
        [
            f"{step.percent}%",
            words.count(step.requests, "request"),
            words.count(step.errors, "error"),
            step.verdict,
            plain(step.reason, SENTENCE),
        ]
        for step in part.steps
    ]
    endpoint = [f"  endpoint {plain(part.endpoint, SENTENCE)}"] if part.endpoint else []
    serving = f"  {plain(part.environment)}: version {part.model_version}, {plain(part.strategy)}{before}"
    return [serving, *endpoint, *table(rows)]


@part_lines.register
def _(part: StagingTestPart) -> list[str]:
    return [f"  {plain(part.environment)}: version {part.model_version}", *(_load(part.load) if part.load else [])]


def _load(load: LoadResult) -> list[str]:
    """Return what a stated load came to."""
    quantiles = (("p50", load.p50_seconds), ("p95", load.p95_seconds), ("p99", load.p99_seconds))
    answers = [f"{name} {words.duration(value)}" for name, value in quantiles if value is not None]
    sent = f"{words.count(load.requests, 'request')} in {words.duration(load.seconds)}"
    return [f"  {', '.join([sent, words.count(load.errors, 'error'), *answers])}"]


@part_lines.register
def _(part: PreflightPart) -> list[str]:
    people = words.listed(map(plain, part.reviewers)) if part.reviewers else "nobody"
    open_to_all = "; goes on unprotected, as `allow-unprotected` asked" if part.unprotected else ""
    return [f"  {plain(part.github_environment)}: {people} must approve{open_to_all}"]


@part_lines.register
def _(part: NewestPart) -> list[str]:
    now = "is not superseded" if not part.superseded else f"is superseded by version {part.candidate_version}"
    said = [now, *["was rolled back from"] * part.rolled_back, *["serves already"] * part.serving]
    return [f"  version {part.model_version} {words.listed(said)}"]


@part_lines.register
def _(part: PromotePart) -> list[str]:
    before = f"; version {part.previous_version} is the one to go back to" if part.previous_version is not None else ""
    approved = [f"  approved by {plain(part.approved_by, SENTENCE)}"] if part.approved_by else []
    return [f"  version {part.model_version} is the champion{before}", *approved]


@part_lines.register
def _(part: RollbackPart) -> list[str]:
    now = f"version {part.to_version}" if part.to_version is not None else "nothing"
    moved = f"stays at {now}" if part.from_version is None else f"from version {part.from_version} to {now}"
    aborted = f"; taken away: version {words.listed(map(str, part.aborted))}" if part.aborted else ""
    later = "" if part.registry_updated else "; the registry was not reached, `trainstop reconcile` writes it there"
    return [f"  {plain(part.environment)}: {moved}{aborted}{later}"]


@part_lines.register
def _(part: ReconcilePart) -> list[str]:
    return [f"  {plain(action, SENTENCE)}" for action in part.actions] or ["  nothing was left behind"]


@part_lines.register
def _(part: StatusPart) -> list[str]:
    aliases = ", ".join(f"{plain(name)} {number}" for name, number in sorted(part.aliases.items()))
    rows = [_environment(each) for each in part.environments]
    return [
        f"  {plain(part.model_name)}: {words.count(part.versions, 'version')}{', ' if aliases else ''}{aliases}",
        *(
            ["", *table(rows, heading=("environment", "serving", "last good", "traffic", "endpoint", ""))]
            if rows
            else []
        ),
    ]


def _environment(each: EnvironmentStatus) -> list[str]:
    """Return what an environment serves, as a row."""
    traffic = ", ".join(f"{number}: {share}%" for number, share in sorted(each.traffic.items()))
    numbers = ["-" if number is None else str(number) for number in (each.serving, each.last_good)]
    return [plain(each.environment), *numbers, traffic, plain(each.endpoint), plain(each.reason, SENTENCE)]


@part_lines.register
def _(part: HistoryPart) -> list[str]:
    asked = any(entry.approved_by for entry in part.entries)
    heading = ("when (UTC)", "what", "where", "version", "before", "outcome", "who", *(["approved by"] * asked), "why")
    rows = [
        [
            f"{entry.at:%Y-%m-%d %H:%M:%S}",
            plain(entry.action),
            plain(entry.environment),
            str(entry.version),
            "" if entry.previous is None else str(entry.previous),
            plain(entry.outcome),
            plain(entry.actor),
            *([plain(entry.approved_by)] * asked),
            plain(entry.reason, SENTENCE),
        ]
        for entry in part.entries
    ]
    return table(rows, heading=heading) if rows else ["  the ledger is empty"]


@part_lines.register
def _(part: StopPart) -> list[str]:
    return [f"  {plain(part.environment)}: nothing runs any more"]
