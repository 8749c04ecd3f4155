"""The published ImageNet weights of Inception V3: download, cache and checks."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from schemas.config.train import IMAGENET, RANDOM
from schemas.errors import ConfigError
from schemas.files import atomic_path

# Address and hash (MD5) as in keras.applications.inception_v3 of Keras 3.15. Repeated here because
# importing Keras takes seconds, and config errors must be reported at once.
NAME = "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
ADDRESS = f"https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/{NAME}"
PUBLISHED_MD5 = "bcbd6486424b2319ff4ef7d526e38f63"
# 94 convolutions: a kernel and a normalisation's three.
BASE_TENSORS = 376
BASE_NUMBERS = 21_802_784
_SECONDS = 10.0  # Timeout of the network.
_BLOCK = 2**20  # Bytes.

Progress = Callable[[int, int], None]  # Called with (downloaded, total) bytes.


def weights_file(weights: str | None) -> str | None:
    """The file that `train.weights` means; None: random weights.

    Raises:
      ConfigError: the published file is not cached and cannot be downloaded.
    """
    if weights == IMAGENET:
        return str(published_file())
    return None if weights == RANDOM else weights


def cache_path() -> Path:
    """Path of the published file in Keras' cache."""
    home = os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")
    return Path(home) / "models" / NAME


def published_file(progress: Progress | None = None) -> Path:
    """The published file in Keras' cache, downloaded if it is missing or damaged.

    Raises:
      ConfigError: it cannot be downloaded; with other ways to get it.
    """
    path = cache_path()
    if not path.is_file() or _md5(path) != PUBLISHED_MD5:
        try:
            _download(path, progress)
        except OSError as error:  # URLError and TimeoutError among them.
            raise ConfigError(
                f"train.weights is {IMAGENET!r}, but {path} is missing or damaged, and {ADDRESS} "
                f"cannot be downloaded ({error}). Download it where there is a network, and set "
                f"train.weights to its path or copy it there (md5 {PUBLISHED_MD5})."
            ) from error
    return path


def _download(path: Path, progress: Progress | None) -> None:
    """Download the file under a temporary name, and rename it if its hash is right."""
    import urllib.request  # Here: at the top it would be a fifth of a config error's time.
    from http.client import HTTPException

    try:
        with (
            urllib.request.urlopen(ADDRESS, timeout=_SECONDS) as response,
            atomic_path(path) as new,
        ):
            with new.open("wb") as file:
                _copy(response, file, progress)
            if (digest := _md5(new)) != PUBLISHED_MD5:
                raise OSError(f"the download has md5 {digest}")
    except HTTPException as error:
        raise OSError(f"the answer is not HTTP: {error!r}") from error


def _copy(response: Any, file: BinaryIO, progress: Progress | None) -> None:
    total = int(response.headers.get("Content-Length") or 0)
    done = 0
    while block := response.read(_BLOCK):
        file.write(block)
        done += len(block)
        if progress is not None:
            progress(done, max(total, done))


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def check_base_weights(path: str) -> None:
    """Check that a file holds as many weights as the base.

    Raises:
      ConfigError: it is not HDF5, is truncated, or holds other weights.
    """
    tensors, numbers = count_weights(path, "train.weights")
    if (tensors, numbers) != (BASE_TENSORS, BASE_NUMBERS):
        raise ConfigError(
            f"train.weights is {path!r}, which holds {numbers:,} weights in {tensors} tensors, "
            f"expected {BASE_NUMBERS:,} in {BASE_TENSORS}: Inception V3 without its top. Set it to "
            f"Keras' {NAME}, or to `{IMAGENET}`."
        )


def count_weights(path: str, key: str) -> tuple[int, int]:
    """Tensors in a Keras weights file, which `key` of the config names, and numbers in them.

    By the headers of the file.

    Raises:
      ConfigError: it is not HDF5, or is truncated.
    """
    import h5py  # type: ignore[import-untyped]

    sizes: list[int] = []

    def visit(_: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            sizes.append(item.size)

    try:
        with h5py.File(path, "r") as file:
            file.visititems(visit)
    except OSError as error:
        raise ConfigError(
            f"{key}: {path!r} is no whole file of Keras weights ({error}), expected HDF5. Get it "
            "again, or name another file."
        ) from error
    return len(sizes), sum(sizes)
