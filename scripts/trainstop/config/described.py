"""The meaning of every key: the text below it in its class. Read from the source, for the schema and the pages only."""

import ast
import inspect
import textwrap
from itertools import pairwise
from typing import Any

from pydantic import BaseModel


def described(model: type[BaseModel]) -> type[BaseModel]:
    """Give a section, and the sections in it, the descriptions of their keys; return it, built anew."""
    for annotation in (field.annotation for field in model.model_fields.values()):
        for inner in sections_of(annotation):
            described(inner)
    for name, text in _texts(model).items():
        if name in model.model_fields and model.model_fields[name].description is None:
            model.model_fields[name].description = text
    model.model_rebuild(force=True)
    return model


def sections_of(annotation: Any) -> list[type[BaseModel]]:
    """Return the sections that a key holds: one, one for each name, or none."""
    kinds = (annotation, *getattr(annotation, "__args__", ()))
    return [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]


def _texts(model: type[BaseModel]) -> dict[str, str]:
    """Return the text that follows each key in the source of its class."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(model)))
    (body,) = (node.body for node in tree.body if isinstance(node, ast.ClassDef))
    return {
        key.target.id: inspect.cleandoc(text.value.value)
        for key, text in pairwise(body)
        if isinstance(key, ast.AnnAssign)
        and isinstance(key.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
