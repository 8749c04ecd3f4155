"""Hash of the code that a node depends on, part of its cache key."""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_OURS = ("schemas", "components", "pipelines")


def code_hash(package: str, root: Path = _ROOT) -> str:
    """SHA-256, as hex digits, of the names and contents of the files in a `closure`."""
    digest = hashlib.sha256()
    for path in sorted(closure(package, root)):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def closure(package: str, root: Path = _ROOT) -> set[Path]:
    """The files of a package or module, templates included, and our modules that they import.

    Args:
      package: dotted name, such as `components.ingest`.
      root: folder of our packages.
    """
    folder = root.joinpath(*package.split("."))
    module = folder.with_suffix(".py")
    pending = (
        [module]
        if module.is_file()
        else [path for path in folder.rglob("*") if path.suffix in (".py", ".j2")]
    )
    files: set[Path] = set()
    while pending:
        path = pending.pop()
        if path not in files:
            files.add(path)
            names = _imported_names(path.read_bytes()) if path.suffix == ".py" else ()
            pending.extend(file for name in names for file in _files(name, root))
    return files


@cache
def _imported_names(source: bytes) -> frozenset[str]:
    """Our modules that a source imports, inside functions too, and the names from them.

    A name may be a module.
    """
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.update({node.module}, (f"{node.module}.{alias.name}" for alias in node.names))
    return frozenset(name for name in names if name.split(".")[0] in _OURS)


def _files(module: str, root: Path) -> Iterator[Path]:
    """The files that importing a module runs: its own and its packages' `__init__.py`."""
    base = root.joinpath(*module.split("."))
    packages = [base, *base.parents[: module.count(".")]]
    for path in (base.with_suffix(".py"), *(package / "__init__.py" for package in packages)):
        if path.is_file():
            yield path
