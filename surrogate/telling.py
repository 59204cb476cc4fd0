"""What a re-run found, told to where the plan says: a webhook, a file, a command.

The JSON is the same for all three:

    schedule, due         which schedule, and the time or the change that it was due for
    state, message        "done", "failed" (to be tried again) or "given up", and why, in words
    plan, store           the plan's file and the store
    campaign, parent      the campaign that was run, and the one that it began from; null: none
    design, runs          the design's version, and how many runs were made
    notes                 sentences: what sentinels say, whether the parent's map is used, quality
    drift                 what `surrogate compare` says of parent and campaign; null: no parent
    headline              one sentence

Where it goes is in the plan's file alone; nothing of it can be set over HTTP.
"""

import json
import subprocess
import urllib.request
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from surrogate.errors import SurrogateError
from surrogate.plan import Plan
from surrogate.sections import TellSection

_SECONDS = 60.0  # that a webhook or a command may take


class Untold(SurrogateError):  # noqa: N818 - read as a sentence
    """What was found could not be delivered everywhere; the message says where not."""


def tell(plan: Plan, found: Mapping[str, Any]) -> None:
    """Hand `found` to all that the plan names; raises `Untold` once all were tried."""
    wanted, text = plan.tell or TellSection(), json.dumps(found)
    ways: dict[str, Callable[[], None]] = {}
    if wanted.file is not None:
        place = plan.folder / wanted.file
        ways[f"file {place}"] = partial(_append, place, text)
    if wanted.webhook is not None:
        ways[f"webhook {wanted.webhook}"] = partial(_post, wanted.webhook, text)
    if wanted.command:
        ways[f"command {wanted.command[0]}"] = partial(_run, wanted.command, plan.folder, text)
    troubles = []
    for way, deliver in ways.items():
        try:
            deliver()
        except Untold as problem:
            troubles.append(str(problem))
        except (OSError, subprocess.TimeoutExpired) as problem:
            troubles.append(f"{way}: {problem}")
    if troubles:
        raise Untold(f"what was found could not be told: {'; '.join(troubles)}")


def _append(path: Path, text: str) -> None:
    """One more line of the file."""
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{text}\n")


def _post(url: str, text: str) -> None:
    """POST it as JSON."""
    head = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, text.encode(), head, method="POST")
    urllib.request.urlopen(request, timeout=_SECONDS).close()


def _run(command: list[str], folder: Path, text: str) -> None:
    """Run it in the plan's folder with the JSON on its standard input."""
    done = subprocess.run(
        command,
        cwd=folder,
        input=text.encode(),
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()[-500:]
        raise Untold(f"command {command[0]} ended with {done.returncode}: {said}")
