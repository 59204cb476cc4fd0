"""A file that is written whole or not at all: a full disk leaves what was there before."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from surrogate.errors import unwritable


@contextmanager
def whole(place: str | os.PathLike[str]) -> Iterator[Path]:
    """Where to write what is to be the file at `place`, beside it; it gets there when all is in.

    What is no plain file, such as /dev/stdout, is written in place. Raises `PlanError` where it
    cannot be written.
    """
    file = Path(os.path.realpath(place))
    half = file.with_name(f".half-{file.name}")
    written = half if file.is_file() or not file.exists() else file
    try:
        yield written
        if written is half:
            half.replace(file)
    except OSError as problem:
        raise unwritable(place, problem) from problem
    finally:
        with suppress(OSError):
            half.unlink()
