"""Mistakes planted in copies of our own workflows and actions: each is caught, so the checks can fail."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.contracts import linters, yaml_rules

CI, CD = ".github/workflows/ci.yml", ".github/workflows/cd.yml"
MONITOR, ROLLBACK = ".github/workflows/monitor.yml", ".github/workflows/rollback.yml"
EVALUATE, SETUP, DOOR = "actions/evaluate/action.yml", "actions/setup/action.yml", "action.yml"
REPORT, REPORT_CALLER = ".github/workflows/report.yml", f"{linters.CALLERS}/.github/workflows/report.yml"
SELF_CI, RELEASE = ".github/workflows/self-ci.yml", ".github/workflows/self-release.yml"
CONFORMANCE, SELF_WORKFLOWS = ".github/workflows/self-conformance.yml", ".github/workflows/self-workflows.yml"
MODEL_CALLER, MONITOR_CALLER = (f"{linters.CALLERS}/.github/workflows/{name}.yml" for name in ("model", "monitor"))
CALL = "  more:\n    uses: $/.github/workflows/rollback.yml\n    permissions: {}\n    with: {reason: x}\n"
CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
Catcher = Callable[[Path], list[str]]
OURS, ACTIONLINT, ZIZMOR, PARSER = yaml_rules.findings, linters.actionlint, linters.zizmor, linters.parser
CALLERS_ZIZMOR, CALLERS_PARSER = linters.in_callers(ZIZMOR), linters.in_callers(PARSER)


@dataclass(frozen=True)
class Mistake:
    """One change of one file, and who notices, in which words."""

    name: str
    file: str
    old: str
    new: str
    by: Catcher
    says: str


MISTAKES = [
    Mistake("wide permission", CI, "      contents: read #", "      contents: write #", OURS, "not the agreed"),
    Mistake("permissions at the top", CD, "permissions: {}\n\njobs", "permissions: write-all\n\njobs", OURS, "the top"),
    Mistake("job without permissions", CI, "    permissions: {}\n    outputs", "    outputs", OURS, "says not which"),
    Mistake("grant without a reason", MONITOR, "issues: write # to", "issues: write\n      # to", OURS, "its reason"),
    Mistake("unknown permission", CI, "      pull-requests: w", "      pull-request: w", ACTIONLINT, "pull-request"),
    Mistake("tag instead of commit", CI, CHECKOUT, "actions/checkout@v7", OURS, "is not a commit"),
    Mistake("branch instead of commit", CD, CHECKOUT, "actions/checkout@main # v7.0.1", OURS, "is not a commit"),
    Mistake("commit without its version", CI, " # v7.0.1", "", OURS, "is not a commit with its version"),
    Mistake("a commit nobody looked at", CI, "@3d3c42e5", "@4d3c42e5", OURS, "looked at"),
    Mistake("an action nobody looked at", CI, "actions/checkout@", "acme/checkout@", OURS, "looked at"),
    Mistake("./ instead of $/", CI, "$/actions/lint", "./actions/lint", OURS, "is not a commit"),
    Mistake("a part that is not there", CI, "$/actions/lint", "$/actions/lnt", OURS, "is not there"),
    Mistake("expression in a script", CI, 'echo "$RESULTS"', "echo '${{ inputs.name }}'", OURS, "in a script"),
    Mistake("event's text in a script", CI, 'echo "$RESULTS"', "echo ${{ github.head_ref }}", ZIZMOR, "template"),
    Mistake("input in an action's script", EVALUATE, '"$TRAINSTOP" e', "${{ inputs.config }} e", OURS, "in a script"),
    Mistake("environment file", CI, '"$GITHUB_OUTPUT"', '"$GITHUB_ENV"', OURS, "steers"),
    Mistake("secret to the training", CI, "      - name: Evaluate\n",
            "        env: {T: '${{ secrets.MLFLOW_TRACKING_TOKEN }}'}\n      - name: Evaluate\n", OURS,
            "train is given MLFLOW_TRACKING_TOKEN"),
    Mistake("secret to a whole job", CI, "    env:\n      SETTINGS: |",
            "    env:\n      T: ${{ secrets.MLFLOW_TRACKING_TOKEN }}\n      SETTINGS: |", OURS, "for the whole job"),
    Mistake("a credential on the machine that trains", CI, "      - name: Train\n", "      - name: Fetch\n"
            "        uses: $/actions/baseline\n        env: {T: '${{ secrets.MLFLOW_TRACKING_TOKEN }}'}\n"
            "      - name: Train\n", OURS, "model: a secret in a job that runs the project's code"),
    Mistake("a credential to be asked for by tests", CD, "      contents: read # to check out the project's tests\n",
            "      contents: read # to check out the project's tests\n      id-token: write # to ask\n", OURS,
            "could ask for a credential"),
    Mistake("secret as an input", CD, "version: ${{ needs.register.outputs.model-version }}",
            "version: ${{ secrets.MLFLOW_TRACKING_TOKEN }}", OURS, "as an input"),
    Mistake("token to a verb that has no use for it", CD, "          MLFLOW_TRACKING_URI", "          GITHUB_TOKEN: "
            "${{ github.token }}\n          MLFLOW_TRACKING_URI", OURS, "register is given the job's token"),
    Mistake("secrets: inherit", CI, "  gate:\n", f"{CALL}    secrets: inherit\n  gate:\n", OURS,
            "passes every secret on"),
    Mistake("a called workflow calls another", CI, "  gate:\n", f"{CALL}  gate:\n", OURS, "calls another"),
    Mistake("pull_request_target", CI, "on:\n", "on:\n  pull_request_target:\n", OURS, "pull_request_target"),
    Mistake("workflow_run", CD, "on:\n", "on:\n  workflow_run: {workflows: [x]}\n", ZIZMOR, "dangerous-triggers"),
    Mistake("no time limit", CD, "    timeout-minutes: 30\n", "", OURS, "no time limit"),
    Mistake("credential left behind", CI, "persist-credentials: false", "persist-credentials: true", OURS,
            "leaves its credential"),
    Mistake("credential left behind by default", CD, "        with:\n          persist-credentials: false\n", "",
            ZIZMOR, "artipacked"),
    Mistake("a fork's change with our rights", CI, "persist-credentials: false", "persist-credentials: false\n"
            "          allow-unsafe-pr-checkout: true", OURS, "with our rights"),
    Mistake("unread input", ROLLBACK, "reason: ${{ inputs.reason }}", "reason: because", OURS, "reason is never read"),
    Mistake("unread input of an action", SETUP, "${{ inputs.groups }}", "core", OURS, "groups is never read"),
    Mistake("unread secret", ROLLBACK, "${{ secrets.TARGET_TOKEN }}", "none", OURS, "TARGET_TOKEN is never read"),
    Mistake("a writer that is not alone", CD, "    concurrency:\n      group: trainstop-register-${{ inputs.name }}\n"
            "      cancel-in-progress: false\n      queue: max\n", "", OURS, "is not alone"),
    Mistake("a writer that is cancelled", CD, "cancel-in-progress: false", "cancel-in-progress: true", OURS, "cancels"),
    Mistake("a group that waits for a person", CD, "    environment:\n      name: ${{ inputs.production-environment }}",
            "    concurrency: {group: x, cancel-in-progress: false, queue: max}\n    environment:\n      name: "
            "${{ inputs.production-environment }}", OURS, "waits for its approval"),
    Mistake("unknown needs", CD, "needs: [register, integration-test]", "needs: [registr]", ACTIONLINT, "registr"),
    Mistake("output from nowhere", CI, "steps.train.outputs.fingerprint", "steps.trian.outputs.fingerprint",
            ACTIONLINT, "trian"),
    Mistake("output of a job that is none", CI, "jobs.gate.outputs.status", "jobs.gat.outputs.status",
            ACTIONLINT, "gat"),
    Mistake("input from nowhere", CD, "inputs.pack-digest", "inputs.pack_digest", ACTIONLINT, "pack_digest"),
    Mistake("function from nowhere", CI, "startsWith(inputs.runs-on, '[')", "beginsWith(inputs.runs-on, '[')", PARSER,
            "beginsWith"),
    Mistake("key from nowhere", MONITOR, "    timeout-minutes: 15", "    timeout: 15", PARSER, "timeout"),
    Mistake("input that an action does not take", CI, "        with:\n          groups: lint", "        with:\n"
            "          group: x\n          groups: lint", OURS, "takes no group"),
    Mistake("input that an action needs", CD, "          from: ${{ runner.temp }}/trainstop-pack\n", "",
            PARSER, "from"),
    Mistake("a pack that is not compared", MONITOR, "digest: ${{ needs.monitor.outputs.pack-digest }}", "digest: any",
            OURS, "not compared with its digest"),
    Mistake("an output with a word of the caller's", CD, "      attempt: ${{ github.run_attempt }}",
            "      attempt: ${{ inputs.name }}-${{ github.run_attempt }}", OURS, "may be withheld"),
    Mistake("something done before the comparison", CD, "      - name: Compare it with its digest\n",
            "      - name: Early\n        run: ls\n        shell: bash\n      - name: Compare it with its digest\n",
            OURS, "before what was"),
    Mistake("the workspace uploaded", CI, "path: ${{ runner.temp }}/trainstop-pack\n          if-no", "path: .\n"
            "          if-no", OURS, "something else than a pack"),
    Mistake("a page of somebody else's uploaded", CI, "        id: report\n        uses: $/actions/report",
            "        id: report\n        uses: $/actions/pack", OURS, "something else than a pack"),
    Mistake("a gate that does not see all", CI, "needs: [checks, champion, model, report]", "needs: [checks, report]",
            OURS, "gate"),
    Mistake("a gate that may be skipped", CI, "if: ${{ always() }}", "if: ${{ success() }}", OURS, "gate"),
    Mistake("production before its rules were looked at", CD, "needs: [register, staging-test, preflight]",
            "needs: [register, staging]", OURS, "waits not"),
    Mistake("settings that reach no verb", CD, "          set: ${{ inputs.set }}\n", "", OURS, "is not given set"),
    Mistake("a group that is not set up", MONITOR, "groups: environments evaluation registry", "groups: registry", OURS,
            "sets up something else than environments evaluation registry"),
    Mistake("a nameless step", CI, "      - name: Lint\n        uses", "      - uses", OURS, "without a name"),
    Mistake("a tag hidden in one line", CI, f"      - name: Check out\n        uses: {CHECKOUT}\n        with:\n"
            "          persist-credentials: false", "      - {name: Check out, uses: acme/checkout@v7}", OURS,
            "of its own"),
    Mistake("a runner that cannot be chosen", CD,
            "runs-on: ${{ fromJSON(inputs.runs-on-jobs || '{}')['production'] || ", "runs-on: ${{ ", OURS,
            "production: its runner cannot be chosen"),
    Mistake("a silenced linter without a reason", CD, CHECKOUT, f"{CHECKOUT} # zizmor: ignore[unpinned-uses]", OURS,
            "without its reason"),
    Mistake("an unquoted word in a script", CI, 'test "$STATUS" = passed', "test $STATUS = passed", ACTIONLINT,
            "SC2086"),
    Mistake("./ in an action", EVALUATE, "$/actions/setup", "./actions/setup", OURS, "is not a commit"),
    Mistake("an action that calls a stranger's", EVALUATE, "$/actions/setup", "acme/setup@v1", OURS, "is not a commit"),
    Mistake("an action's script without its shell", EVALUATE, "      shell: bash\n", "", PARSER, "shell"),
    Mistake("an action's output from nowhere", EVALUATE, "steps.verb.outputs.status", "steps.vreb.outputs.status",
            OURS, "vreb"),
    Mistake("an action that steers later steps", SETUP, 'exec python3 -I "$GITHUB_ACTION_PATH/setup.py"',
            'echo "$PWD" >> "$GITHUB_PATH"', OURS, "steers"),
    Mistake("an expression in the front door's script", DOOR, '"$TRAINSTOP" run',
            '"$TRAINSTOP" run --to ${{ inputs.to }}', OURS, "in a script"),
    Mistake("an input of the front door that is not read", DOOR, "TRAINSTOP_TO: ${{ inputs.to }}",
            "TRAINSTOP_TO: report", OURS, "to is never read"),
    Mistake("our own checks may write", SELF_CI, "contents: read # to", "contents: write # to", OURS, "not the agreed"),
    Mistake("our own checks of other people's changes", SELF_CI, "  pull_request:\n", "  pull_request_target:\n", OURS,
            "pull_request_target"),
    Mistake("our own checks never end", SELF_CI, "    timeout-minutes: 30\n", "", OURS, "no time limit"),
    Mistake("at the full hour", SELF_CI, "41 2 * * *", "0 2 * * *", OURS, "full hour"),
    Mistake("a tag in our own checks", SELF_CI, CHECKOUT, "actions/checkout@v7", OURS, "is not a commit"),
    Mistake("released without a comparison", RELEASE, '= "$DIGEST"', "!= ''", OURS,
            "is not compared with its digest"),
    Mistake("released before a comparison", RELEASE, "      - name: Compare them with their digest\n",
            "      - name: Early\n        run: ls\n      - name: Compare them with their digest\n", OURS,
            "is not compared with its digest"),
    Mistake("the job that releases runs code", RELEASE, "      - name: Take over the files\n",
            f"      - name: Check out\n        uses: {CHECKOUT}\n        with: {{persist-credentials: false}}\n"
            "      - name: Take over the files\n", OURS, "runs its code"),
    Mistake("a release that nobody approves", RELEASE, "    environment: release\n", "", OURS, "waits for nobody"),
    Mistake("a release by the whole token", RELEASE, "      attestations: write # to store it\n",
            "      attestations: write # to store it\n      packages: write # why not\n", OURS, "not the agreed"),
    Mistake("every secret to our own run", SELF_WORKFLOWS, "    with:\n      name: example", "    secrets: inherit\n"
            "    with:\n      name: example", ZIZMOR, "secrets-inherit"),
    Mistake("an expression in a probe", CONFORMANCE, "run: python3 scripts/conformance.py comment",
            "run: python3 scripts/conformance.py comment ${{ inputs.pull-request }}", OURS, "in a script"),
    Mistake("a caller that grants more", MODEL_CALLER, "      contents: read\n      pull-requests",
            "      contents: write\n      pull-requests", OURS, "check: grants something else"),
    Mistake("a caller that grants too little", MODEL_CALLER, "      actions: read", "      checks: read", OURS,
            "deliver: grants something else"),
    Mistake("a caller of an input that is none", MODEL_CALLER, "pack-digest:", "digest:", OURS, "takes no digest"),
    Mistake("a caller that forgets what is needed", MODEL_CALLER,
            "      pack-digest: ${{ needs.check.outputs.pack-digest }}\n", "", OURS, "needs pack-digest"),
    Mistake("a caller that passes every secret on", MODEL_CALLER, "    secrets:\n      MLFLOW_TRACKING_URI: "
            "${{ secrets.MLFLOW_TRACKING_URI }}\n      MLFLOW_TRACKING_TOKEN: ${{ secrets.MLFLOW_READ_TOKEN }}\n",
            "    secrets: inherit\n", CALLERS_ZIZMOR, "secrets-inherit"),
    Mistake("a caller that silences without a reason", MODEL_CALLER,
            "ignore[unpinned-uses] or a commit: README, On GitHub", "ignore[unpinned-uses]", OURS,
            "without its reason"),
    Mistake("called with less than it asks for", SELF_WORKFLOWS,
            "      pull-requests: write # to write the one comment\n", "", ACTIONLINT, "but the calling job grants"),
    Mistake("a caller for strangers", MODEL_CALLER, "  pull_request:\n", "  pull_request_target:\n", OURS,
            "pull_request_target"),
    Mistake("a caller at the full hour", MONITOR_CALLER, "23 5 * * *", "0 5 * * *", OURS, "full hour"),
    Mistake("a caller's key from nowhere", MONITOR_CALLER, "      timezone:", "      zone:", CALLERS_PARSER, "zone"),
    Mistake("a stranger's commit where one may write", REPORT, "${{ github.event.repository.default_branch }}",
            "${{ github.event.workflow_run.head_sha }}", OURS, "something else than the default branch"),
    Mistake("a stranger's code where one may write", REPORT, "      - name: Report\n", "      - name: Test\n"
            "        run: make test\n        shell: bash\n      - name: Report\n", OURS, "does more than setting up"),
    Mistake("a download that nobody looks at", REPORT, "      - name: Report\n", "      - name: Take over\n"
            "        uses: actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1\n"
            "        with: {name: x}\n      - name: Report\n", OURS, "is not compared with its digest"),
    Mistake("a report that may write more", REPORT, "contents: read #", "contents: write #", OURS, "not the agreed"),
    Mistake("a job of one's own after a stranger's run", REPORT_CALLER, "/report.yml@v1", "/rollback.yml@v1", OURS,
            "starts on workflow_run"),
]  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_planted_mistake_is_caught(mistake: Mistake, tmp_path: Path) -> None:
    root = linters.copy(tmp_path)
    text = (root / mistake.file).read_text()
    assert mistake.old in text, "nothing to plant the mistake in"
    (root / mistake.file).write_text(text.replace(mistake.old, mistake.new, 1))
    found = mistake.by(root)
    assert any(mistake.says in finding for finding in found), found


def test_there_are_many_mistakes_and_each_is_another() -> None:
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES) >= 80
