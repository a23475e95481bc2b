"""A template's environment in which values are only looked at.

Jinja's sandbox keeps names with an underscore from a template. What else an object can do is open to it: a record of
pydantic's can be asked to read a file, or to load a pickle.
"""

import dataclasses
from datetime import date, timedelta
from functools import cache, cached_property
from types import NoneType
from typing import Any

from jinja2 import Undefined
from jinja2.runtime import LoopContext, Macro, TemplateReference
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Joiner, Namespace
from pydantic import BaseModel

PLAIN = (str, int, float, NoneType, tuple, list, dict, set, frozenset, date, timedelta)
"""What has nothing but harmless methods; `datetime` is a `date`, and an enumeration's members are text here."""
OF_TEMPLATES = (Undefined, LoopContext, Macro, TemplateReference, Joiner, Namespace)
ASKED = frozenset({"stage"})
"""Methods that templates call."""


class Inert(ImmutableSandboxedEnvironment):
    """Shows of an object its fields, its properties and what `ASKED` names; of a class nothing."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Say whether a template may have an attribute."""
        if not super().is_safe_attribute(obj, attr, value):
            return False
        return isinstance(obj, (*PLAIN, *OF_TEMPLATES)) or attr in _shown(obj.__class__)


@cache
def _shown(kind: type) -> frozenset[str]:
    """Return the names that templates may have of an object of this class; none of a class that is not ours."""
    if not kind.__module__.startswith("trainstop."):
        return frozenset()
    fields = set(kind.model_fields) if issubclass(kind, BaseModel) else set()
    fields |= {field.name for field in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else set()
    ours = [base for base in kind.__mro__ if base.__module__.startswith("trainstop.")]
    properties = {
        name for base in ours for name, what in vars(base).items() if isinstance(what, property | cached_property)
    }
    methods = {name for base in ours for name in vars(base) if name in ASKED}
    return frozenset(fields | properties | methods)
