"""Whether a review still compares with the last pushed model, of which no cache key tells."""

from pathlib import Path

from pipelines.local.local_files import LOCAL_FILES
from schemas.artifact_files import REVIEW_FILE
from schemas.errors import ConfigError
from schemas.release import pushes
from schemas.release.review_record import compares_with_last, read_review


def is_current_review(page: str, directory: str) -> bool:
    """Whether the review of an artifact compares with the last push other than its own model's.

    Args:
      page: folder of the artifact.
      directory: `push.directory`; a relative one is below the current folder, the run's.

    Raises:
      DataError: the log of pushes is damaged.
    """
    if "://" in directory:
        from tfx.dsl.io import fileio  # Seconds: a local folder is answered without TFX.

        log = pushes.read_log(directory, fileio)
    else:
        log = pushes.read_log(directory, LOCAL_FILES)
    try:
        review = read_review(Path(page) / REVIEW_FILE)
    except (ConfigError, OSError):  # Of an earlier version, or damaged: the step writes it anew.
        return False
    return compares_with_last(review, log)
