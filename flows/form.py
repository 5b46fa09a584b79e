"""The form of a flow in Prefect's UI."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, get_type_hints

from pydantic.fields import FieldInfo

BodyT = TypeVar("BodyT", bound=Callable[..., Any])


def with_help(body: BodyT) -> BodyT:
    """Give a flow's parameters the help of their fields: Prefect reads it from the docstring alone."""
    hints = get_type_hints(body, include_extras=True)
    lines = [f"    {name}: {told}" for name, hint in hints.items() if (told := _help(hint))]
    body.__doc__ = "\n".join([inspect.getdoc(body) or "", "", "Args:", *lines])
    return body


def _help(hint: Any) -> str | None:
    fields = (each for each in getattr(hint, "__metadata__", ()) if isinstance(each, FieldInfo))
    return next((each.description for each in fields if each.description), None)
