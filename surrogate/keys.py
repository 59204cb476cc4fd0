"""Every key that a plan may have, as its JSON Schema knows them: for people who write one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from surrogate.complaint import toml
from surrogate.plan import Plan

_WIDE = 96  # characters of a line
_ANY = "NAME"  # stands for a name that the user gives, as of a parameter


@dataclass(frozen=True)
class Key:
    """A key by its `path` in a plan, such as "goal.level"; `words` say what it is for.

    `kind` says what may stand there, `example` is one such value as TOML has it, "" for a table.
    """

    path: str
    kind: str
    words: str
    required: bool
    example: str = ""


def plan_keys() -> tuple[Key, ...]:
    """The keys of a plan in the order of its sections, tables before what is in them."""
    schema = Plan.schema_json()
    return tuple(_keys(schema, schema["$defs"], "", True))


def key_words(key: Key) -> str:
    """A key as a terminal shows it."""
    like = f", such as {key.example}" if key.example else ""
    head = f"{key.path}: {key.kind}{like}{', required' if key.required else ''}"
    return "\n".join(
        [head, *wrap(key.words, _WIDE, initial_indent="    ", subsequent_indent="    ")]
    )


def _keys(
    table: Mapping[str, Any], kinds: Mapping[str, Any], at: str, needed: bool
) -> Iterator[Key]:
    """The keys of a table, and of the tables within, depth first."""
    for name, entry in table.get("properties", {}).items():
        path = f"{at}{name}"
        required = needed and name in table.get("required", ())
        ways = _ways(entry, kinds)
        words = " ".join(entry.get("description", "").split())
        yield Key(
            path, " or ".join(dict.fromkeys(map(_kind, ways))), words, required, _shown(entry)
        )
        for way in ways:
            yield from _keys(way, kinds, f"{path}.", required)
            for link, within in (f".{_ANY}.", "additionalProperties"), ("[].", "items"):
                if isinstance(way.get(within), dict):
                    for inner in _ways(way[within], kinds):
                        yield from _keys(inner, kinds, f"{path}{link}", False)


def _ways(entry: Mapping[str, Any], kinds: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What may stand at an entry, references followed; null, which TOML has not, left out."""
    if "$ref" in entry:
        return _ways(kinds[entry["$ref"].rpartition("/")[2]], kinds)
    joined = entry.get("anyOf") or entry.get("oneOf")
    if joined:
        return [way for one in joined for way in _ways(one, kinds)]
    return [] if entry.get("type") == "null" else [entry]


def _kind(way: Mapping[str, Any]) -> str:
    if choices := way.get("enum") or ([way["const"]] if "const" in way else []):
        return " or ".join(map(_toml, choices))
    known = {"object": "table", "array": "list", "boolean": "true or false", "string": "text"}
    kind = str(way.get("type", "any value"))
    return known.get(kind, kind)


def _shown(entry: Mapping[str, Any]) -> str:
    examples = entry.get("examples", [])
    return "" if not examples or isinstance(examples[0], dict) else _toml(examples[0])


def _toml(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else toml(value)
