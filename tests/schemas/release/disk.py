"""What `tfx.dsl.io.fileio` does, on plain paths."""

import os
import shutil
from typing import Any


class Disk:
    """The calls that schemas.release makes."""

    open = staticmethod(open)
    exists = staticmethod(os.path.exists)
    isdir = staticmethod(os.path.isdir)
    walk = staticmethod(os.walk)
    remove = staticmethod(os.remove)
    rmtree = staticmethod(shutil.rmtree)

    @staticmethod
    def makedirs(path: str) -> None:
        """Make a folder and its parents."""
        os.makedirs(path, exist_ok=True)

    @staticmethod
    def copy(source: str, target: str, **_: Any) -> None:
        """Copy a file."""
        shutil.copyfile(source, target)

    @staticmethod
    def rename(source: str, target: str, **_: Any) -> None:
        """Rename a file, also over another."""
        os.replace(source, target)
