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
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from surrogate.errors import SurrogateError
from surrogate.plan import Plan

_SECONDS = 60.0  # that a webhook or a command may take


class Untold(SurrogateError):  # noqa: N818 - read as a sentence
    """What was found could not be delivered everywhere; the message says where not."""


def tell(plan: Plan, found: Mapping[str, Any]) -> None:
    """Hand `found` to all that the plan names; raises `Untold` once all were tried."""
    wanted = plan.tell
    if wanted is None:
        return
    text = json.dumps(found)
    troubles = []
    if wanted.file is not None:
        troubles.append(_append(plan.folder / wanted.file, text))
    if wanted.webhook is not None:
        troubles.append(_post(wanted.webhook, text))
    if wanted.command:
        troubles.append(_run(wanted.command, plan.folder, text))
    if said := "; ".join(trouble for trouble in troubles if trouble):
        raise Untold(f"what was found could not be told: {said}")


def _append(path: Path, text: str) -> str:
    """One more line of the file; what went wrong, or ""."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")
    except OSError as problem:
        return f"file {path}: {problem}"
    return ""


def _post(url: str, text: str) -> str:
    """POST it as JSON; what went wrong, or ""."""
    head = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, text.encode(), head, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS):
            return ""
    except (OSError, urllib.error.URLError) as problem:
        return f"webhook {url}: {problem}"


def _run(command: list[str], folder: Path, text: str) -> str:
    """Run it in the plan's folder with the JSON on its standard input; what went wrong, or ""."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            input=text.encode(),
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return f"command {command[0]}: {problem}"
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()[-500:]
        return f"command {command[0]} ended with {done.returncode}: {said}"
    return ""
