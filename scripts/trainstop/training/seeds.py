"""The trainings of one code: the candidate's, and with `train.seeds` one more for every further seed."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from trainstop import digests
from trainstop.bundles import Bundle
from trainstop.errors import ProjectCodeError, TrainstopError
from trainstop.ports.processes import Outcome
from trainstop.training import bundling
from trainstop.training.running import Room, Trained, Training


def first(training: Training, room: Room) -> tuple[Trained, dict[str, str]]:
    """Train the candidate, and put its model into the room's bundle.

    Returns:
        What came of it, and the digests of the model and of its lock; none where no model is needed.

    Raises:
        ProjectCodeError: the training failed, left no model, or one that may not or cannot be loaded.
        TimeLimitError: it took too long.
        UnavailableError: the model's environment cannot be made.

    """
    with _naming(training, 0):
        trained = training.train(room)
        training.refuse_no_model(trained)
        return trained, _add_model(training, trained, room.bundle)


def others(training: Training, room: Room) -> list[Outcome]:
    """Train with every further seed, each in a room of its own, and put the models beside the candidate's.

    Returns:
        What each training used.

    Raises:
        As `first`, each naming the seed.

    """
    outcomes = []
    for seed in range(1, training.config.train.seeds):
        own = Room(room.root / "others" / str(seed))
        with _naming(training, seed):
            trained = training.train(own, seed)
            training.refuse_no_model(trained)
            _add_model(training, trained, room.bundle.seed(seed), like=room.bundle)
        outcomes.append(trained.outcome)
        shutil.rmtree(own.root)
    return outcomes


def _add_model(training: Training, trained: Trained, bundle: Bundle, like: Bundle | None = None) -> dict[str, str]:
    """Put a model and its lock into a bundle, see that it loads from them, and return their digests.

    Args:
        training: what made it.
        trained: says where it is.
        bundle: where it goes.
        like: a bundle whose lock is taken where both models need the same.

    """
    if trained.model is None:
        return {}
    ports, model_digest = training.ports, bundling.copy_model(trained.model, bundle)
    requirements = bundle.model / "requirements.txt"
    if not requirements.is_file():
        raise ProjectCodeError(
            "the model does not say what it needs: it has no requirements.txt",
            where=str(trained.model),
            fix="log it with MLflow, and without a `conda_env` of its own",
        )
    if like and requirements.read_bytes() == (like.model / "requirements.txt").read_bytes():
        shutil.copyfile(like.environment, bundle.environment)
    else:
        ports.progress.note("locking the model's environment")
        ports.environments.lock(requirements, training.interpreter, bundle.environment)
    ports.scorer.check(bundle)
    return {"model_digest": model_digest, "environment_lock": digests.of_file(bundle.environment)}


@contextmanager
def _naming(training: Training, seed: int) -> Iterator[None]:
    """Name the seed in what goes wrong, where there are several."""
    try:
        yield
    except TrainstopError as error:
        if training.config.train.seeds == 1:
            raise
        raise type(error)(f"with TRAINSTOP_SEED={seed}: {error.what}", where=error.where, fix=error.fix) from error
