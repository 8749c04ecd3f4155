"""The built package holds every file that the code reads."""

import ast
import glob

import pytest

from tests.repository import ROOT, SOURCES


def patterns() -> dict[str, list[str]]:
    """The `package_data` of setup.py."""
    tree = ast.parse((ROOT / "setup.py").read_text(encoding="utf-8"))
    [value] = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "package_data"
    ]
    data: dict[str, list[str]] = ast.literal_eval(value)
    return data


@pytest.mark.parametrize("package", SOURCES)
def test_every_data_file_is_part_of_the_package(package: str) -> None:
    folder = ROOT / package
    files = {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }

    packed = {
        name
        for pattern in patterns()[package]
        for name in glob.glob(pattern, root_dir=folder, recursive=True)
    }

    assert files
    assert files <= packed
