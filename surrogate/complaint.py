"""What a validator found wrong, said so that a person can mend it: key, expected, came, what to do.

pydantic knows where and what; this module turns its records into our sentences, with examples
taken from the fields themselves and the nearest known key for a misspelt one.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from surrogate.errors import nearest

Path = tuple[int | str, ...]

_EXPECTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "string_type": "text in quotes",
    "string_too_short": "text that is not empty",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "string_pattern_mismatch": "'module:attribute'",
}
_BOUNDS = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "of at least"),
    "less_than": ("lt", "below"),
    "less_than_equal": ("le", "of at most"),
}
# pydantic puts the form of an entry in `loc`: one of [space], where these could be names too ...
_TAGS = {"range", "choices", "text", "number"}
_FORMS = {"(name)", "(word)", "(table)"}  # ... or one of `surrogate` or `design`


def complaints(problem: ValidationError, model: type[BaseModel]) -> list[str]:
    """One sentence for each thing that is wrong with the input of `model`."""
    errors = problem.errors(include_url=False)
    unknown = {_path(error) for error in errors if error["type"] == "extra_forbidden"}
    misspelt = {(*path[:-1], near) for path in unknown for near in _nearest(path, model)}
    told = [e for e in errors if e["type"] != "missing" or _path(e) not in misspelt]
    return [_sentence(error, model) for error in told]


def _path(error: ErrorDetails) -> Path:
    parts = [part for j, part in enumerate(error["loc"]) if not (part in _FORMS and j > 0)]
    return tuple(part for j, part in enumerate(parts) if not (part in _TAGS and j > 1))


def _sentence(error: ErrorDetails, model: type[BaseModel]) -> str:
    path = _path(error)
    key = ".".join(str(part) for part in path)
    if error["type"] == "extra_forbidden":
        known = _owner(path, model).model_fields
        hint = nearest(str(path[-1]), known)
        return f"key '{key}' is not known; {hint}The keys here are: {', '.join(known)}"
    if error["type"] == "value_error":
        reason = str(error["msg"]).removeprefix("Value error, ")
        return f"key '{key}': {reason}" if key else reason
    if error["type"] == "missing":
        return f"key '{key}' is missing; {_advice(path, model)}"
    return f"key '{key}': {_expected(error)} was expected, {_came(error)} came; " + _advice(
        path, model
    )


def _nearest(path: Path, model: type[BaseModel]) -> list[str]:
    """The known key most like the last part of `path`, or none."""
    return get_close_matches(str(path[-1]), _owner(path, model).model_fields, n=1, cutoff=0.5)


def _expected(error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind in _BOUNDS:
        bound, words = _BOUNDS[kind]
        return f"a number {words} {context[bound]:g}"
    if kind == "literal_error":
        return f"one of {context['expected']}"
    return _EXPECTED.get(kind) or str(error["msg"])


def _came(error: ErrorDetails) -> str:
    came = error["input"]
    return "a table" if isinstance(came, Mapping) and came else repr(came)


def _advice(path: Path, model: type[BaseModel]) -> str:
    field = _owner(path, model).model_fields.get(str(path[-1])) if path else None
    if field is None:
        return "see the plan's JSON Schema"
    if field.examples:
        return f"write {path[-1]} = {toml(field.examples[0])}"
    keys = [name for name, inner in _section(field).model_fields.items() if inner.is_required()]
    return f"add a table [{path[-1]}] with {', '.join(keys)}" if keys else f"add [{path[-1]}]"


def _owner(path: Path, model: type[BaseModel]) -> type[BaseModel]:
    """The model that the last part of `path` is a key of."""
    for part in path[:-1]:
        field = model.model_fields.get(str(part))
        if field is not None:
            model = _section(field)
    return model


def _section(field: FieldInfo) -> type[BaseModel]:
    """The model behind a field: its own type, or the one inside a dictionary of them."""
    return next(iter(_models(field.annotation)), BaseModel)


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in get_args(annotation) for found in _models(part)]


def toml(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
