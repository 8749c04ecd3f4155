"""The name in an image folder that a missing path probably means."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

_ENDING = re.compile(r"\.(?:jpe?g|png|bmp|gif|tiff?|webp)$", re.IGNORECASE)

# Differences of notation, in the order in which they are removed.
_NOTATION: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("spaces around it", str.strip),
    ("backslashes", lambda path: path.replace("\\", "/")),
    ("'./' or an extra '/'", lambda path: "/".join(_parts(path))),
)
_CASE = "case or Unicode form"


class NearName(NamedTuple):
    """A name of the folder, and how a path differs from it."""

    name: str
    difference: str


class NearNames:
    """The names of a folder, among which missing paths are looked up."""

    def __init__(self, names: Iterable[str]) -> None:
        self._exact: dict[str, str] = {}
        self._without_ending: dict[str, str] = {}
        self._by_file: dict[str, str | None] = {}  # None: a file name in several folders.
        for name in names:
            key = _same_case(name)
            self._exact.setdefault(key, name)
            self._without_ending.setdefault(_stem(key), name)
            file = key.rpartition("/")[2]
            self._by_file[file] = None if file in self._by_file else name

    def find(self, path: str) -> NearName | None:
        """The name that is most like a path, if one is.

        In this order: the same but for notation and case; also for the ending; for folders in
        front; for both; last a file of the same name in the only folder that has one.
        """
        plain = path
        for _, change in _NOTATION:
            plain = change(plain)
        key = _same_case(plain)
        for front, rest in _without_front(key):
            differs = [f"the folders {front!r} in front"] if front else []
            if name := self._exact.get(rest):
                case = [_CASE] if _tail(plain, name) != name else []
            elif name := self._without_ending.get(_stem(rest)):
                differs.append("the ending")
                case = [_CASE] if _stem(_tail(plain, name)) != _stem(name) else []
            else:
                continue
            return NearName(name, " and ".join([*_notation(path), *case, *differs]))
        name = self._by_file.get(key.rpartition("/")[2])
        return None if name is None else NearName(name, "the folder")


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


def _same_case(path: str) -> str:
    return unicodedata.normalize("NFC", path).lower()


def _stem(path: str) -> str:
    return _ENDING.sub("", path)


def _tail(path: str, name: str) -> str:
    """The last parts of a path, as many as the name has."""
    return "/".join(_parts(path)[-len(_parts(name)) :])


def _without_front(path: str) -> Iterator[tuple[str, str]]:
    """(folders in front, rest) of a path, from the whole path to its file name alone."""
    parts = _parts(path)
    for count in range(len(parts)):
        yield "/".join(parts[:count]), "/".join(parts[count:])


def _notation(path: str) -> Iterator[str]:
    """The differences of notation that a path has."""
    for title, change in _NOTATION:
        changed = change(path)
        if changed != path:
            yield title
        path = changed
