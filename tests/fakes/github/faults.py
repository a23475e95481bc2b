"""What can go wrong with a request, by name. The fake carries it out; nothing here knows of HTTP."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        done: whether the request takes effect all the same.
        answer: what comes back: `true` one, `none` (the connection is reset), half of it (`cut`), or a status.
        message: GitHub's words.
        wait: seconds that the answer asks to wait; None when it names no time.
        by: the header that names it.
        kills: whether whoever asked is killed instead of being answered.

    """

    done: bool
    answer: str = "true"
    message: str = "Server Error"
    wait: float | None = None
    by: str = ""
    kills: bool = False


@dataclass
class Planned:
    """A fault that shall happen to the `nth` request of a kind (see `kinds`), of one token or of anybody.

    Attributes:
        fired: whether it did: a plan that never happens tests nothing.

    """

    kind: str
    fault: Fault
    nth: int = 1
    token: str = ""
    fired: bool = False


SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
PRIMARY = "API rate limit exceeded for installation ID 1."

FAULTS: dict[str, Fault] = {
    "reset": Fault(done=False, answer="none"),
    "done-then-reset": Fault(done=True, answer="none"),
    "done-then-cut": Fault(done=True, answer="cut"),
    "500": Fault(done=False, answer="500"),
    "503": Fault(done=False, answer="503"),
    "done-then-502": Fault(done=True, answer="502", message="Bad Gateway"),
    "login-page": Fault(done=False, answer="page"),
    "403-retry-after": Fault(done=False, answer="403", message=SECONDARY, wait=30, by="retry-after"),
    "403-secondary": Fault(done=False, answer="403", message=SECONDARY),
    "403-primary": Fault(done=False, answer="403", message=PRIMARY, wait=45, by="x-ratelimit-reset"),
    "429-retry-after": Fault(done=False, answer="429", message=SECONDARY, wait=20, by="retry-after"),
    "429": Fault(done=False, answer="429", message="Too many requests"),
}
KILLS: dict[str, Fault] = {
    "killed-before": Fault(done=False, kills=True),
    "killed-after": Fault(done=True, kills=True),
}
LIMIT_WITHOUT_TIME = 60.0
"""Seconds that GitHub's documentation asks to wait when a limit names no time."""
