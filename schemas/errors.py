"""Exceptions that cross a boundary; each message has the input, the expectation and the fix."""


class ConfigError(Exception):
    """A setting, argument or path of the user's is wrong; nothing was trained or pushed."""


class DataError(Exception):
    """The data as a whole cannot be used (no rows left, too many rejected, a leak)."""


class DivergedError(DataError):
    """Training ended without an epoch of finite validation loss."""


class RejectError(Exception):
    """One row or image cannot be used; it goes to Rejects under `reason`.

    `reason` is one of `schemas.labels.rejection_reasons.REASONS`; `detail` is the message.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)  # Both are pickled, between processes of Beam and Dask.
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


class RowError(RejectError):
    """One label row cannot be used."""


class ImageError(RejectError):
    """One image cannot be used."""
