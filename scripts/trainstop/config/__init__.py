"""The project's file: frozen, validated models, with every default beside its key."""

from trainstop.config.load import load
from trainstop.config.root import Config

__all__ = ["Config", "load"]
