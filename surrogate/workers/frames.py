"""Messages between our own processes: a length of four bytes, then that many bytes.

Messages are JSON, but for the one that carries the simulator to the processes that run it.
"""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from surrogate.errors import SimulatorError

LARGEST = 1 << 26  # bytes: a message beyond this is a mistake

_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
_HEADER = 4
_LARGEST_TEXT = 10_000
_DEEPEST = 8


def packed(message: object) -> bytes:
    """A JSON-able message as one frame."""
    return framed(_ENCODER.encode(message).encode())


def framed(body: bytes) -> bytes:
    """Raw bytes as one frame; raises `SimulatorError` beyond `LARGEST`."""
    if len(body) > LARGEST:
        raise SimulatorError(f"a message has {len(body)} bytes; at most {LARGEST} can be sent")
    return len(body).to_bytes(_HEADER, "big") + body


class Frames:
    """Takes bytes as they come and gives whole frames. Not thread-safe."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The frames that `chunk` completes; raises `SimulatorError` for a length beyond reason."""
        self._buffer += chunk
        while len(self._buffer) >= _HEADER:
            size = int.from_bytes(self._buffer[:_HEADER], "big")
            if size > LARGEST:
                raise SimulatorError(
                    f"a message claims {size} bytes, {LARGEST} at most were expected; something "
                    "else wrote it"
                )
            if len(self._buffer) < _HEADER + size:
                return
            body = bytes(self._buffer[_HEADER : _HEADER + size])
            del self._buffer[: _HEADER + size]
            yield body


def plain(value: Any, depth: int = 0) -> Any:
    """The value as JSON can hold it: what people read in a run's detail, never a model.

    Numbers that are not finite become None, unknown things their `repr`.
    """
    if depth > _DEEPEST:
        return "..."
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, bool | int) or value is None:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return (value if isinstance(value, str) else repr(value))[:_LARGEST_TEXT]
