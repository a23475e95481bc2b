"""The model card: what a version is, what it is for, and how good it is, as Markdown that travels with it.

The sections follow Mitchell et al., "Model Cards for Model Reporting" (2019, https://arxiv.org/abs/1810.03993).
"""

from collections.abc import Mapping

from trainstop.config import Config
from trainstop.drift.profile import Profile
from trainstop.report.comment import ROWS, cut
from trainstop.report.templating import render
from trainstop.report.verdict import decide
from trainstop.report.view import View

CHARACTERS = 1_000_000
WHERE = "the records beside this card"


def render_card(
    view: View, config: Config, profile: Profile | None = None, own: Mapping[str, str] | None = None
) -> str:
    """Return the card of a candidate.

    Args:
        view: the records of its check.
        config: the project's words about it (`[card]`).
        profile: of its training data, for the time that it covers.
        own: templates of the project's in place of ours.

    """
    card = config.card
    values = {
        "view": view,
        "verdict": decide(view),
        "elsewhere": WHERE,
        "card": card,
        "missing": [name.replace("_", "-") for name, text in card if not text],
        "task": config.model.task,
        "serving": config.model.serving,
        "profile": profile,
    }
    text = ""
    for rows in ROWS:
        text = render("card.md.j2", {**values, "rows": rows}, own)
        if len(text) <= CHARACTERS:
            return text
    return cut(text, WHERE, CHARACTERS, len)
