"""Checks of the folders that a command writes, before it writes anything."""

import os
import re
import tempfile
from pathlib import Path

from pipelines.local.run_folder.layout import RunFolder
from pipelines.local.run_folder.lock import LOCK_FILE
from schemas.errors import ConfigError
from schemas.files import is_disk_full

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_REMOTE = ("gs",)  # Schemes of file systems that TensorFlow has without further packages.
_PATTERN = re.compile(r"[][*?]")
_NAME_BYTES = 255  # NAME_MAX of Linux' file systems.


def check_local_folder(key: str, folder: str) -> Path:
    """Check that a folder exists or can be made, and that files can be written in it.

    Args:
      key: of the config, or the option; the messages begin with it.
      folder: a path; `~` is the user's home.

    Returns:
      The absolute path.

    Raises:
      ConfigError: says how to fix the setting.
      OSError: the disk is full.
    """
    if scheme := _SCHEME.match(folder):
        raise ConfigError(
            f"{key}: {folder!r} is a URI ({scheme[1]}), expected a folder of this machine. "
            f"Set another {key}."
        )
    path = Path(os.path.expanduser(folder)).absolute()
    try:
        existing = _nearest(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(
            f"{key}: {str(path)!r} cannot be a folder ({reason}). Set another {key}."
        ) from error
    if not existing.is_dir():
        what = "a link to nothing" if existing.is_symlink() else "a file"
        raise ConfigError(f"{key}: {existing} is {what}, expected a folder. Set another {key}.")
    _check_writable(key, existing)
    return path


def _check_writable(key: str, folder: Path) -> None:
    """Write a file without a name: permissions alone do not tell, to root least of all."""
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        if is_disk_full(error):
            raise
        raise ConfigError(
            f"{key}: {folder} may not be written ({error.strerror}). Set another {key}."
        ) from error


def _nearest(path: Path) -> Path:
    """The path itself, or the nearest folder above it that exists.

    Raises:
      ValueError: the path holds a NUL byte, or characters that UTF-8 cannot encode.
      OSError: a name of the path is too long, or a folder cannot be searched.
    """
    if "\0" in str(path):
        raise ValueError("it holds a NUL byte")
    if any(len(name.encode("utf-8")) > _NAME_BYTES for name in path.parts):
        raise ValueError(f"a name has more than {_NAME_BYTES} bytes")
    for existing in (path, *path.parents):
        try:
            existing.lstat()
        except (FileNotFoundError, NotADirectoryError):
            continue
        return existing
    raise FileNotFoundError(path)


def check_no_pattern(key: str, folder: Path) -> None:
    """Check that a run folder is no pattern: Beam would look for what matches it.

    Inside a run paths are relative to the working folder, whose links the system resolves.
    """
    if found := _PATTERN.search(str(folder.resolve())):
        raise ConfigError(
            f"{key}: {str(folder.resolve())!r} contains {found[0]!r}, which Beam reads as a "
            f"pattern. Set another {key}, without any of [ ] * ?."
        )


def check_push_folder(directory: str, folder: RunFolder) -> None:
    """Check that a model can be pushed to `push.directory` of a run in `folder`.

    Raises:
      ConfigError: says how to fix the setting.
    """
    if scheme := _SCHEME.match(directory):
        if scheme[1] not in _REMOTE:
            known = " or ".join(f"{name}://" for name in _REMOTE)
            raise ConfigError(
                f"push.directory is {directory!r}, whose scheme {scheme[1]!r} TensorFlow cannot "
                f"open, expected a path, or a URI of {known}. Push to a folder, and copy it from "
                "there."
            )
        return
    target = check_local_folder("push.directory", str(folder.path / directory))
    target = Path(os.path.normpath(target))
    for path in (*folder.own_paths, folder.marker, folder.path / LOCK_FILE):
        if target.is_relative_to(path):
            raise ConfigError(
                f"push.directory is {directory!r}, but {path} holds what the run itself writes. "
                "Set another folder, such as serving_model."
            )
