"""Which environment variables the configuration calls secrets, whatever their names are."""

from trainstop.config.root import Config


def secret_names(config: Config) -> tuple[str, ...]:
    """Return the names of the secrets that training, tests, fetching and the targets' commands are given."""
    of_targets = (name for section in config.environments.values() for name in section.secrets)
    return (*config.train.secrets, *config.test.secrets, *config.monitor.secrets, *of_targets)
