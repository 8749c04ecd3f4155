"""Files that operating systems and file servers add to folders; they are no files of a data set."""

from pathlib import PurePosixPath

_PREFIX = "._"  # AppleDouble: a Mac's attributes of the file named by the rest.
_NAMES = frozenset(
    (
        ".appledouble", ".directory", ".ds_store", ".fseventsd", ".spotlight-v100", ".trashes",
        "@eadir", "__macosx", "desktop.ini", "ehthumbs.db", "thumbs.db",
    )
)  # fmt: skip


def is_system_file(path: str) -> bool:
    """Whether a name, or a folder of a path with `/`, is such a file or folder by its name."""
    return any(
        part.startswith(_PREFIX) or part.lower() in _NAMES for part in PurePosixPath(path).parts
    )
