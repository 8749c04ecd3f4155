"""Paths of images as label files write them."""

import os


def root_folders(root: str | None) -> tuple[str, ...]:
    """The names under which an absolute path may give an image root, each with a closing `/`."""
    if root is None:
        return ()
    names = (root, os.path.abspath(root), os.path.realpath(root))
    return tuple(dict.fromkeys(name.rstrip("/") + "/" for name in names))


def below_root(path: str, folders: tuple[str, ...]) -> str:
    """An absolute path in a folder of `root_folders` relative to it; any other path unchanged."""
    if not path.startswith("/"):
        return path
    absolute = os.path.normpath(path)
    for folder in folders:
        if absolute.startswith(folder):
            return absolute[len(folder) :]
    return path
