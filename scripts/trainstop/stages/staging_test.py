"""`staging-test`: the live staging deployment, end to end, under a stated load."""

from trainstop.bundles import Bundle
from trainstop.delivery.contract import keeps_contract, signature
from trainstop.delivery.loads import judge_load, summarise
from trainstop.delivery.own_tests import run_tests
from trainstop.delivery.selection import at_hand
from trainstop.golden import Golden
from trainstop.job import Job
from trainstop.ports.endpoints import Answer
from trainstop.ports.targets import Current
from trainstop.records import Check, CheckStatus, Result, Status, conclude
from trainstop.records.delivery import DeployPart, LoadResult, StagingTestPart


def run(job: Job, *, environment: str = "staging", endpoint: str | None = None) -> Result[StagingTestPart]:
    """Test what an environment serves right now; no request made is a failure.

    Args:
        job: what every stage is given.
        environment: where `deploy` put the version.
        endpoint: the address to test. The target is then not asked what it serves: answers that name their version
            tell, and the golden predictions.

    Raises:
        ConfigurationError: there is no such environment.
        InputError: nothing was deployed there, or the version's files are not what was registered.
        UnavailableError: the target or the registry does not answer.

    """
    job.config.environment(environment)
    if job.config.model.serving != "endpoint":
        reason = f'model.serving is "{job.config.model.serving}": there is no endpoint to test'
        return Result(status=Status.SKIPPED, reason=reason)
    deployed = job.results.part(DeployPart, environment).model_version
    serving, address = _served(job, environment, deployed, endpoint)
    if serving.status is CheckStatus.FAILED:
        return conclude([serving], StagingTestPart(environment=environment, model_version=deployed))
    bundle = _bundle(job, deployed)
    golden = Golden.read(bundle.golden)
    checks = [serving, *keeps_contract(job.ports.endpoints, address, golden, signature(bundle.model))]
    result, answers = _load(job, address, golden)
    section = job.config.staging_test
    checks += [*judge_load(result, answers, section.load), answered_by(deployed, answers)]
    if section.tests:
        checks.append(
            run_tests(
                job.ports.processes,
                job.ports.environments,
                job.workspace.project,
                command=section.tests,
                key="staging-test.tests",
                address=address,
                timeout=section.timeout,
            )
        )
    return conclude(checks, StagingTestPart(environment=environment, model_version=deployed, load=result))


def _served(job: Job, environment: str, deployed: int, endpoint: str | None) -> tuple[Check, str]:
    """Return what is said to be served, and at which address."""
    if endpoint:
        reason = "the target was not asked; the golden predictions and the answers tell"
        return Check(name="serving version", status=CheckStatus.SKIPPED, value=deployed, reason=reason), endpoint
    now = job.ports.target(environment).current()
    return serves(now, deployed, environment), now.endpoint


def _bundle(job: Job, deployed: int) -> Bundle:
    """Return the version's files: those that another job handed on, else the registry's."""
    here = at_hand(job, str(deployed))
    if here is not None:
        return here[1]
    registry = job.ports.registry
    version = registry.version(job.config.model.name, str(deployed))
    return registry.download(version, job.workspace.version(version.manifest or str(deployed)))


def serves(now: Current, deployed: int, environment: str) -> Check:
    """Say whether the version of the deploy record is what is live, alone."""
    name = "serving version"
    if now.serving != deployed:
        other = "nothing" if now.serving is None else f"version {now.serving}"
        reason = f"`deploy` put version {deployed} there, and the target serves {other}"
    elif not now.endpoint:
        reason = f"nothing answers for {environment}: its processes have ended, so deploy again"
    elif not now.serves_alone(deployed):
        reason = f"another version gets traffic too: {now.traffic}"
    else:
        return Check(name=name, status=CheckStatus.PASSED, value=deployed, limit=deployed)
    return Check(name=name, status=CheckStatus.FAILED, value=now.serving, limit=deployed, reason=reason)


def answered_by(deployed: int, answers: tuple[Answer, ...]) -> Check:
    """Say whether every answer that names its version came from the one that was deployed."""
    name = "answering version"
    named = [answer.version for answer in answers if answer.version is not None]
    if not named:
        return Check(name=name, status=CheckStatus.SKIPPED, reason="answers do not name the version")
    others = sorted({version for version in named if version != deployed})
    status = CheckStatus.FAILED if others else CheckStatus.PASSED
    reason = f"answers came from {', '.join(map(str, others))} too" if others else f"all {len(named)} that say so"
    return Check(name=name, status=status, value=deployed, limit=deployed, reason=reason)


def _load(job: Job, address: str, golden: Golden) -> tuple[LoadResult, tuple[Answer, ...]]:
    """Send the stated load: the golden rows, one a request, in turn."""
    load, clock = job.config.staging_test.load, job.ports.clock
    job.ports.progress.note(f"sending {load.rate:g} requests a second for {load.duration:g} s")
    payloads = [{"dataframe_split": {"columns": list(golden.columns), "data": [list(row)]}} for row in golden.rows]
    start = clock.monotonic()
    answers = tuple(job.ports.endpoints.load(address, payloads, rate=load.rate, duration=load.duration))
    return summarise(answers, clock.monotonic() - start), answers
