"""The text of `actions/<verb>/action.yml`, made from the verbs and their outputs: they cannot disagree."""

import json

from trainstop.report.outputs import described
from trainstop.verbs import Option, Verb

HEAD = "# Made by scripts/docs.py from scripts/trainstop/verbs.py and report/outputs.py: change those; `make docs`.\n"
COMMON = (
    Option("config", "The configuration file, or its folder; seen from `working-directory`.", default="."),
    Option("set", "Keys of the configuration to set, a line each: section.key=value.", default=""),
    Option("working-directory", "Folder to run in; seen from the workspace.", default="."),
)
"""Inputs of every action."""


def inputs(verb: Verb) -> list[Option]:
    """Return the inputs of a verb's action, in the order they are listed."""
    return [*verb.options, *COMMON]


def action(verb: Verb) -> str:
    """Return a verb's `action.yml`."""
    listed = "\n".join(_input(option) for option in inputs(verb))
    outputs = "\n".join(
        f"  {name}:\n    description: {quoted(help_text)}\n    value: ${{{{ steps.verb.outputs.{name} }}}}"
        for name, help_text in described(verb.name).items()
    )
    variables = "\n".join(
        f"        {option.variable}: ${{{{ inputs.{option.kebab} }}}}"
        for option in inputs(verb)
        if option.name != "working-directory"
    )
    return f"""{HEAD}name: trainstop {verb.name}
description: {quoted(verb.summary)}
author: trainstop

inputs:
{listed}

outputs:
{outputs}

runs:
  using: composite
  steps:
    - name: Set up trainstop
      id: setup
      uses: $/actions/setup
      with:
        groups: {quoted(" ".join(verb.groups))}
    - name: trainstop {verb.name}
      id: verb
      shell: bash
      working-directory: ${{{{ inputs.working-directory }}}}
      env:
        TRAINSTOP: ${{{{ steps.setup.outputs.command }}}}
{variables}
      run: 'exec "$TRAINSTOP" {verb.name}'
"""


def quoted(text: str) -> str:
    """Return text as a YAML scalar; JSON's strings are YAML's."""
    return json.dumps(text, ensure_ascii=False)


def default(option: Option) -> str:
    """Return an input's default; an empty one means that the verb decides."""
    if option.default is None:
        return ""
    return str(option.default).lower() if isinstance(option.default, bool) else str(option.default)


def _input(option: Option) -> str:
    """Return one input."""
    choices = f" One of {', '.join(option.choices)}." if option.choices else ""
    head = f"  {option.kebab}:\n    description: {quoted(option.help + choices)}\n"
    if option.required:
        return f"{head}    required: true"
    return f"{head}    required: false\n    default: {quoted(default(option))}"
