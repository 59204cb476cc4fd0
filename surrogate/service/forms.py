"""In which form an answer goes out: as JSON, in the command line's words, or as a picture.

One answer is made, whatever its form; so what a terminal prints from afar is what it prints here.
"""

import threading
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Query as Behind, Response
from pydantic import BaseModel

from surrogate.service.wire import DRAWN, LEVEL, SIDE, SPOKEN, DrawnKind, Side, SpokenKind

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MEDIA = {
    "json": "application/json",
    "text": "text/plain; charset=utf-8",
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
}

Level = Annotated[float | None, Behind(allow_inf_nan=False, description=LEVEL)]
Beyond = Annotated[Side, Behind(alias="side", description=SIDE)]
Spoken = Annotated[SpokenKind, Behind(alias="as", description=SPOKEN)]
Drawn = Annotated[DrawnKind, Behind(alias="as", description=DRAWN)]

_pen = threading.Lock()  # matplotlib keeps its fonts for one thread at a time


def forms(model: type, *, drawn: bool = False) -> dict[int | str, dict[str, Any]]:
    """What a route's description says of its answer in every form that it has."""
    content: dict[str, Any] = {"text/plain": {"schema": {"type": "string"}}}
    for kind in ("png", "svg", "pdf") if drawn else ():
        content[_MEDIA[kind]] = {"schema": {"type": "string", "format": "binary"}}
    return {200: {"model": model, "content": content}}


def sent(
    form: str,
    body: Callable[[], BaseModel | bytes],
    words: Callable[[], str],
    figure: "Callable[[], Figure] | None" = None,
) -> Response:
    """The answer in a form; only what that form needs is made."""
    if form == "json":
        made = body()
        whole = made if isinstance(made, bytes) else made.model_dump_json().encode()
    elif form == "text" or figure is None:
        whole = words().encode()
    else:
        whole = _picture(figure, form)
    return Response(whole, media_type=_MEDIA[form])


def _picture(figure: "Callable[[], Figure]", form: str) -> bytes:
    from surrogate.plots.figure import DPI

    drawn = BytesIO()
    with _pen:
        figure().savefig(drawn, dpi=DPI, format=form)
    return drawn.getvalue()
