"""What an installation holds is what the tree holds: modules, the page, examples, types."""

from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("surrogate", "simulators")
FOR_DEVELOPERS = {"surrogate/README.md"}


def test_an_installation_holds_every_file_of_the_packages_and_nothing_else() -> None:
    # A build leaves what it gathered beside the sources; only an installation records its files.
    ours = (one for one in distributions(name="surrogate-service") if one.read_text("RECORD"))
    files = (file for one in ours for file in one.files or () if ".." not in file.parts)
    installed = {str(file) for file in files if "__pycache__" not in file.parts}
    if not any(name.startswith("surrogate/") for name in installed):
        pytest.skip("installed in place: there are no copies to compare")
    tree = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in installed if ".dist-info/" not in name} == tree - FOR_DEVELOPERS
