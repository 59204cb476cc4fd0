"""A lookup table as a C header for a game engine: C99, no dependency but math.h, no allocation."""

import math
import os
import re
from pathlib import Path

from surrogate.answers.table import Along, Table

_PER_LINE = 8


def write_header(table: Table, path: str | os.PathLike[str], name: str = "") -> Path:
    """Write the header; its function and its values are named after `name`, or the outcome.

    The function takes a float for each axis in own units, clips it to the table, and gives the
    mean response, interpolated linearly.
    """
    place = Path(path)
    place.write_text(header_text(table, identifier(name or table.outcome)), encoding="utf-8")
    return place


def identifier(name: str) -> str:
    """A name that C takes."""
    word = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower() or "table"
    return f"t_{word}" if word[0].isdigit() else word


def header_text(table: Table, word: str) -> str:
    """The header's text."""
    guard = f"SURROGATE_{word.upper()}_H"
    args = [f"a{k}" for k in range(len(table.axes))]
    held = ", ".join(f"{name} = {value}" for name, value in table.held.items())
    axes = [f" * a{k}: {_axis_words(axis)}" for k, axis in enumerate(table.axes)]
    about = [f"/* {_safe(table.words)}.", *axes, f" * held: {_safe(held) or 'nothing'} */"]
    offset = " + ".join(f"i{k} * {stride}" for k, stride in enumerate(_strides(table)))
    body = [f"    {line}" for k, axis in enumerate(table.axes) for line in _place(k, axis)]
    return "\n".join(
        [
            *about,
            f"#ifndef {guard}",
            f"#define {guard}",
            "#include <math.h>",
            "",
            f"static const float {word}_values[{table.mean.size}] = {{",
            *_numbers(table),
            "};",
            "",
            f"static inline float {word}({', '.join(f'float {arg}' for arg in args)})",
            "{",
            *body,
            f"    const float *v = {word}_values + {offset};",
            f"    return {_lerp(table, 0, 0)};",
            "}",
            "",
            "#endif",
            "",
        ]
    )


def _axis_words(axis: Along) -> str:
    ends = f"{axis.values[0]:g} to {axis.values[-1]:g} {axis.parameter.unit}".rstrip()
    return _safe(f"{axis.name}, {ends}{', log scale' if axis.is_log else ''}")


def _safe(text: str) -> str:
    return text.replace("*/", "* /").replace("\n", " ")


def _numbers(table: Table) -> list[str]:
    floats = [_float(value) for value in table.mean.ravel().tolist()]
    return [
        "    " + ", ".join(floats[i : i + _PER_LINE]) + ","
        for i in range(0, len(floats), _PER_LINE)
    ]


def _place(k: int, axis: Along) -> list[str]:
    """Where argument k lies: cell i and rest r."""
    last, low, high = len(axis.values) - 1, float(axis.values[0]), float(axis.values[-1])
    seen = f"a{k}"
    if axis.is_log:
        seen, low, high = f"logf(a{k})", math.log(low), math.log(high)
    return [
        f"float p{k} = ({seen} - ({_float(low)})) * ({_float(last / (high - low))});",
        f"p{k} = p{k} > 0.0f ? p{k} : 0.0f; /* not a number, too */",
        f"p{k} = p{k} < ({_float(last)}) ? p{k} : ({_float(last)});",
        f"int i{k} = (int)p{k};",
        f"i{k} = i{k} < {last - 1} ? i{k} : {last - 1};",
        f"const float r{k} = p{k} - (float)i{k};",
    ]


def _float(value: float) -> str:
    text = f"{value:.9g}"
    return f"{text if '.' in text or 'e' in text else text + '.0'}f"


def _strides(table: Table) -> list[int]:
    strides = [1]
    for axis in table.axes[:0:-1]:
        strides.insert(0, strides[0] * len(axis.values))
    return strides


def _lerp(table: Table, axis: int, offset: int) -> str:
    """The interpolation from `axis` on as one expression."""
    if axis == len(table.axes):
        return f"v[{offset}]"
    low = _lerp(table, axis + 1, offset)
    high = _lerp(table, axis + 1, offset + _strides(table)[axis])
    return f"((1.0f - r{axis}) * {low} + r{axis} * {high})"
