"""One holder at a time for a campaign: an advisory lock on a file beside the store.

The kernel lets go of the lock when its holder dies, so a killed run never bars the next one.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path

from surrogate.errors import StoreError

_held_here: set[Path] = set()
_guard = threading.Lock()


@contextmanager
def held(store: Path, campaign: str, who: str) -> Iterator[None]:
    """Hold `campaign` of the store in file `store`; raises `StoreError` naming the holder."""
    digest = blake2b(campaign.encode(), digest_size=4).hexdigest()
    path = Path(f"{store}.{digest}.running")
    with _guard:
        if path in _held_here:
            raise StoreError(refusal(campaign, "this process"))
        _held_here.add(path)
    try:
        with _locked(path, campaign, who):
            yield
    finally:
        _held_here.discard(path)


@contextmanager
def _locked(path: Path, campaign: str, who: str) -> Iterator[None]:
    descriptor = _lock(path, campaign)
    try:
        with suppress(OSError):  # a full disk has no room for the name; the lock holds all the same
            os.ftruncate(descriptor, 0)
            os.write(descriptor, who.encode())
        yield
    finally:
        with suppress(OSError):
            path.unlink()  # while it is locked: whoever waits on this file sees that it is gone
        os.close(descriptor)


def _lock(path: Path, campaign: str) -> int:
    import fcntl

    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as problem:
            raise StoreError(
                f"campaign '{campaign}' can't be locked: {problem}; make its folder one that "
                "may be written"
            ) from problem
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            holder = os.read(descriptor, 1000).decode(errors="replace") or "another process"
            os.close(descriptor)
            raise StoreError(refusal(campaign, holder)) from problem
        with suppress(FileNotFoundError):
            if os.fstat(descriptor).st_ino == path.stat().st_ino:
                return descriptor
        os.close(descriptor)


def refusal(campaign: str, holder: str) -> str:
    """Why a campaign cannot be run now, and what to do."""
    return (
        f"campaign '{campaign}' is being run already by {holder}; "
        "wait for it, or stop it (it continues where it stopped)"
    )
