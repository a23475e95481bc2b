"""Working towards a state through failures: look, take one step, look again; wait as asked, and not for ever."""

from collections.abc import Callable
from typing import TypeVar

from trainstop.adapters.github.api import Api
from trainstop.adapters.github.trouble import AT_LEAST, LimitedError, UnclearError
from trainstop.errors import UnavailableError
from trainstop.ports import Clock, Progress

T = TypeVar("T")
CAP = 300.0
"""Seconds that all waiting of one verb may take."""
ROUNDS = 60
BETWEEN_WRITES = 1.0
"""Seconds that GitHub's documentation asks to leave between changes."""
LONGEST_PAUSE = 30.0


class Patience:
    """Repeats steps until one says that it is done. All waiting of a verb is added up, said, and has an end."""

    def __init__(self, api: Api, clock: Clock, progress: Progress, cap: float = CAP) -> None:
        """Keep the clock to wait by, and how many seconds may be waited in all."""
        self._api = api
        self._clock = clock
        self._progress = progress
        self._cap = cap
        self.waited = 0.0

    def settle(self, step: Callable[[], T | None]) -> T:
        """Repeat a step until it returns something.

        A step looks, and then makes one change at most; so whatever is repeated has looked first.

        Raises:
            UnavailableError: it does not come to rest, or more waiting is asked for than allowed.
            RefusedError: GitHub refuses.

        """
        failures = 0
        for _ in range(ROUNDS):
            try:
                done = step()
            except LimitedError as limit:
                failures += 1
                seconds = AT_LEAST * 2 ** (failures - 1) if limit.seconds is None else limit.seconds
                self._wait(seconds, f"it asks for fewer requests ({limit})")
            except UnclearError as unclear:
                failures += 1
                self._wait(min(2.0 ** (failures - 1), LONGEST_PAUSE), f"it did not answer as it should ({unclear})")
            else:
                if done is not None:
                    return done
        raise self._unavailable("GitHub's answers do not come to rest", "run the job again")

    def may_write(self) -> bool:
        """Say whether a write may follow now. If not, the pause is made here, and the step must look again."""
        if self._api.written_at is None:
            return True
        left = self._api.written_at + BETWEEN_WRITES - self._clock.monotonic()
        if left <= 0:
            return True
        self._clock.sleep(left)
        return False

    def _wait(self, seconds: float, why: str) -> None:
        """Wait, if that is still allowed."""
        if self.waited + seconds > self._cap:
            raise self._unavailable(
                f"GitHub does not take it: {why}. To wait {seconds:.0f} s more, after {self.waited:.0f} s, would be "
                f"longer than the {self._cap:.0f} s that are allowed",
                "run the job again later",
            )
        self._progress.note(f"GitHub: {why}; waits {seconds:.0f} s")
        self.waited += seconds
        self._clock.sleep(seconds)

    def _unavailable(self, what: str, fix: str) -> UnavailableError:
        return UnavailableError(what, where=self._api.address, fix=fix)
