"""A file is written whole or not at all."""

import errno
from pathlib import Path

import pytest

from surrogate.errors import PlanError
from surrogate.wholefile import whole


def fill(place: Path) -> None:
    place.write_text("half a m")
    raise OSError(errno.ENOSPC, "full")


def test_what_cannot_be_finished_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "map.png"
    file.write_text("the map of yesterday")
    with pytest.raises(PlanError, match=r"map.png cannot be written: full"), whole(file) as place:
        fill(place)
    assert file.read_text() == "the map of yesterday"
    assert list(tmp_path.iterdir()) == [file]


def test_what_is_finished_takes_the_place_of_what_a_link_names(tmp_path: Path) -> None:
    file, link = tmp_path / "map.png", tmp_path / "latest.png"
    file.write_text("old")
    link.symlink_to(file)
    with whole(link) as place:
        place.write_text("new")
        assert (place.suffix, file.read_text()) == (".png", "old")
    assert (file.read_text(), link.is_symlink()) == ("new", True)


def test_what_is_no_plain_file_is_written_in_place(tmp_path: Path) -> None:
    with whole("/dev/null") as place:
        assert place == Path("/dev/null")
    with pytest.raises(PlanError, match="choose another place"), whole(tmp_path) as place:
        place.write_text("a folder")
