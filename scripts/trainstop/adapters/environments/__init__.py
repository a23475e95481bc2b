"""Environments of the project and of models, made by uv and kept by the digest of what they were made from."""

from trainstop.adapters.environments.made import UvEnvironments

__all__ = ["UvEnvironments"]
