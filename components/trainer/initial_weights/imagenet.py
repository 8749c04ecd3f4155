"""The published ImageNet weights of Inception V3: where Keras keeps them, and what they hold."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from schemas.config.train import IMAGENET, RANDOM
from schemas.errors import ConfigError
from schemas.files import atomic_path

# Address and hash (MD5) as in keras.applications.inception_v3 of Keras 3.15. They stand here, since
# to import Keras takes seconds and a config error is told at once.
NAME = "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
ADDRESS = f"https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/{NAME}"
PUBLISHED_MD5 = "bcbd6486424b2319ff4ef7d526e38f63"
# 94 convolutions: a kernel and a normalisation's three.
BASE_TENSORS = 376
BASE_NUMBERS = 21_802_784
_SECONDS = 10.0  # That a silent network is waited for.
_BLOCK = 2**20  # Bytes.

Progress = Callable[[int, int], None]  # Hears (bytes here, bytes in all).


def weights_file(weights: str | None) -> str | None:
    """The file that `train.weights` means; None: random weights.

    Raises:
      ConfigError: the published file is not here and cannot be loaded.
    """
    if weights == IMAGENET:
        return str(published_file())
    return None if weights == RANDOM else weights


def cache_place() -> Path:
    """Where Keras keeps the published file."""
    home = os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")
    return Path(home) / "models" / NAME


def published_file(progress: Progress | None = None) -> Path:
    """The published file in Keras' cache, loaded into it where it is not there or is damaged.

    Raises:
      ConfigError: it cannot be loaded; how to get it.
    """
    place = cache_place()
    if not place.is_file() or _md5(place) != PUBLISHED_MD5:
        try:
            _download(place, progress)
        except OSError as error:  # URLError and TimeoutError among them.
            raise ConfigError(
                f"train.weights is {IMAGENET!r}, but {place} is not there as published, and "
                f"{ADDRESS} cannot be loaded into it ({error}). Load it where there is a network, "
                f"and set train.weights to its path or put it there (md5 {PUBLISHED_MD5})."
            ) from error
    return place


def _download(place: Path, progress: Progress | None) -> None:
    """Load the file under a temporary name, and give it its own when its hash is right."""
    import urllib.request  # Here, as it would be a fifth of what a config error takes.
    from http.client import HTTPException

    try:
        with urllib.request.urlopen(ADDRESS, timeout=_SECONDS) as answer, atomic_path(place) as new:
            with new.open("wb") as file:
                _copy(answer, file, progress)
            if (digest := _md5(new)) != PUBLISHED_MD5:
                raise OSError(f"what came has md5 {digest}")
    except HTTPException as error:
        raise OSError(f"no HTTP came: {error!r}") from error


def _copy(answer: Any, file: BinaryIO, progress: Progress | None) -> None:
    total = int(answer.headers.get("Content-Length") or 0)
    done = 0
    while block := answer.read(_BLOCK):
        file.write(block)
        done += len(block)
        if progress is not None:
            progress(done, max(total, done))


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def check_base_weights(path: str) -> None:
    """A file holds as many weights as the base has: told before any data are read.

    Raises:
      ConfigError: it is no HDF5 file, is cut short, or holds other weights.
    """
    tensors, numbers = count_weights(path, "train.weights")
    if (tensors, numbers) != (BASE_TENSORS, BASE_NUMBERS):
        raise ConfigError(
            f"train.weights is {path!r}, which holds {numbers:,} weights in {tensors} tensors, "
            f"expected {BASE_NUMBERS:,} in {BASE_TENSORS}: Inception V3 without its top. Set it to "
            f"Keras' {NAME}, or to `{IMAGENET}`."
        )


def count_weights(path: str, key: str) -> tuple[int, int]:
    """Tensors and numbers in them of a Keras weights file, from its headers.

    Args:
      path: an HDF5 file.
      key: of the config, for the message.

    Raises:
      ConfigError: it is no HDF5 file, or is cut short.
    """
    import h5py  # type: ignore[import-untyped]

    sizes: list[int] = []

    def note(_: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            sizes.append(item.size)

    try:
        with h5py.File(path, "r") as file:
            file.visititems(note)
    except OSError as error:
        raise ConfigError(
            f"{key}: {path!r} is no whole file of Keras weights ({error}), expected HDF5. Get it "
            "again, or name another."
        ) from error
    return len(sizes), sum(sizes)
