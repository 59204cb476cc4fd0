"""Examples of answers for the service's description: real ones, their lists cut short."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI

_FILE = Path(__file__).parent / "answers.json"


def answers() -> Mapping[str, Any]:
    """An answer for each "METHOD /path" that gives JSON."""
    found: Mapping[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return found


def show_examples(app: FastAPI) -> None:
    """Have the app's OpenAPI text show an answer of each of its routes."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        text, known = plain(), answers()
        for path, methods in text["paths"].items():
            for method, operation in methods.items():
                content = operation["responses"]["200"].get("content", {})
                if example := known.get(f"{method.upper()} {path}"):
                    content["application/json"]["example"] = example
        return text

    app.openapi = described  # type: ignore[method-assign]  # as FastAPI's manual has it
