"""A campaign as a file to take away: its surrogate, a table, its runs, or a map.

Nothing heavy is imported before a kind needs it.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from surrogate.views import Chart, Cut
from surrogate.wholefile import whole

if TYPE_CHECKING:
    from surrogate.campaign import Campaign

ENDINGS = {
    "map": ".map.npz",
    "table": "-table.npz",
    "table-csv": "-table.csv",
    "c": ".h",
    "onnx": ".onnx",
    "csv": "-runs.csv",
    "parquet": "-runs.parquet",
    "xarray": "-map.nc",
    "png": "-map.png",
    "svg": "-map.svg",
}


def export(campaign: "Campaign", kind: str, cut: Cut, file: Path) -> str:
    """Write the file of a kind, one of `ENDINGS`; gives what is to be said of it.

    Raises `PlanError` where it cannot be written, and for what has no such file.
    """
    if kind in ("png", "svg"):
        from surrogate.shown import picture, write_pictures

        found = picture(campaign, Chart(**vars(cut)))
        write_pictures([found], file)
        return found.note
    with whole(file) as place:
        return _exported(campaign, kind, cut, place)


def _exported(campaign: "Campaign", kind: str, cut: Cut, file: Path) -> str:
    from surrogate.answers.datafile import write_csv, write_netcdf, write_parquet
    from surrogate.typed import point_of

    if kind in ("table", "table-csv", "c"):
        return _table(campaign, kind, cut, file)
    if kind == "map":
        campaign.portable(file)
        return "The surrogate as a portable map; surrogate/models/mapreader.py reads it with numpy."
    if kind == "onnx":
        campaign.onnx(file)
        return f"The surrogate as ONNX, inputs {', '.join(campaign.space.names)}."
    if kind in ("csv", "parquet"):
        (write_csv if kind == "csv" else write_parquet)(campaign.columns(), file)
        return f"{len(campaign.observations())} finished queries."
    chart = campaign.map(cut.x, cut.y, held=point_of(cut.hold))
    write_netcdf(chart, file)
    return chart.note


def _table(campaign: "Campaign", kind: str, cut: Cut, file: Path) -> str:
    from surrogate.answers.cheader import write_header
    from surrogate.answers.table import write_csv, write_npz
    from surrogate.typed import point_of

    names = [name for name in (cut.x, cut.y) if name is not None]
    table = campaign.table(*names, held=point_of(cut.hold))
    {"table": write_npz, "table-csv": write_csv, "c": write_header}[kind](table, file)
    return f"{table.words}."
