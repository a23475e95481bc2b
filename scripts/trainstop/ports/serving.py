"""A model served on loopback for the length of a test."""

from contextlib import AbstractContextManager
from typing import Protocol

from trainstop.bundles import Bundle
from trainstop.ports.environments import Interpreter


class ModelServers(Protocol):
    """Starts and stops single model servers."""

    def serve(self, bundle: Bundle, interpreter: Interpreter, *, timeout: float) -> AbstractContextManager[str]:
        """Serve a model on a free loopback port; gives its address once it is healthy, ends it with the block.

        Raises:
            ProjectCodeError: the server ended before it was healthy, with its last lines.
            TimeLimitError: it was not healthy in time.

        """
