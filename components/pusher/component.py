"""Pusher: a blessed and, where that is asked for, approved model to the serving folder."""

import datetime
import json
import logging
import os
from typing import Any

from tfx import v1 as tfx
from tfx.dsl.io import fileio
from tfx.utils import path_utils

from components.pusher.push import PushedVersion, current_version, push, write_beside
from schemas.artifact_files import PUSHED_FILE, REVIEW_FILE
from schemas.artifacts import ReviewPage
from schemas.release import pushes
from schemas.release.approval import (
    PUSHED_APPROVAL_FILE,
    parse,
    review_hash,
    why_not_approved,
)
from schemas.release.blessing import is_blessed
from schemas.release.model_hash import model_hash

_log = logging.getLogger(__name__)


@tfx.dsl.components.component
def Pusher(  # noqa: N802, PLR0913 - TFX components read as classes and take channels apart.
    model: tfx.dsl.components.InputArtifact[tfx.types.standard_artifacts.Model],
    blessing: tfx.dsl.components.InputArtifact[tfx.types.standard_artifacts.ModelBlessing],
    page: tfx.dsl.components.InputArtifact[ReviewPage],
    pushed: tfx.dsl.components.OutputArtifact[tfx.types.standard_artifacts.PushedModel],
    directory: tfx.dsl.components.Parameter[str],
    needs_approval: tfx.dsl.components.Parameter[bool],
    approval: tfx.dsl.components.Parameter[str],
    approvals: tfx.dsl.components.Parameter[str],
    code: tfx.dsl.components.Parameter[str],  # noqa: ARG001 - part of the cache key.
) -> None:
    """Copy the model to a new version below `directory` if it is blessed and not refused.

    `approval` is the text of approval.json, empty without one; without it, that of the review is
    looked for in the folder `approvals`, which is empty for none. `pushed` holds `pushed.json` with
    the version's folder, or null if none was pushed and why, and the sizes and hashes of its
    files; `code` is the hash of the sources behind this step.
    """
    folder = path_utils.serving_model_path(model.uri)
    with fileio.open(os.path.join(page.uri, REVIEW_FILE), "rb") as file:
        review = file.read()
    digest, reviewed = model_hash(folder, fileio), review_hash(review)
    approval = approval or _read_approval(approvals, reviewed)
    fitting = approval if approval and parse(approval).fits(reviewed, digest) else ""
    if is_blessed(blessing, fileio):
        why_not = why_not_approved(approval, reviewed, digest, needed=needs_approval)
    else:
        why_not = "the review did not release it"
    if why_not:
        if served := current_version(folder, directory, fileio):
            if fitting:
                write_beside(served, PUSHED_APPROVAL_FILE, fitting, fileio)
            why_not += f"; {served} still serves this model, move it away to withdraw it"
        version = PushedVersion(None, {}, why_not)
    else:
        pushes.read_log(directory, fileio)  # A damaged log is found before a model is served.
        owner = pushed.uri if "://" in pushed.uri else os.path.abspath(pushed.uri)
        version = push(folder, directory, os.path.dirname(owner), fileio)
        _sign(str(version.version), fitting)
        _log_push(directory, version, digest, json.loads(review), page.uri)
    _log.info("pushed to %s", version.version)
    fileio.makedirs(pushed.uri)
    with fileio.open(os.path.join(pushed.uri, PUSHED_FILE), "w") as file:
        file.write(json.dumps(version._asdict()))


def _sign(version: str, decision: str) -> None:
    """Put the decision on the last review beside a version; without one, remove an earlier one."""
    path = os.path.join(version, PUSHED_APPROVAL_FILE)
    if decision:
        write_beside(version, PUSHED_APPROVAL_FILE, decision, fileio)
    elif fileio.exists(path):
        fileio.remove(path)


def _read_approval(folder: str, review: str) -> str:
    """Text of the approval of a review; empty without one."""
    path = os.path.join(folder, f"{review}.json")
    if not folder or not fileio.exists(path):
        return ""
    with fileio.open(path) as file:
        return str(file.read())


def _log_push(
    directory: str, version: PushedVersion, digest: str, review: dict[str, Any], page: str
) -> None:
    """Keep what the model predicted, for the next review."""
    classes = {head: table["classes"] for head, table in review["confusion"].items()}
    date = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    push_ = pushes.Push(str(version.version), digest, date, classes)
    pushes.append(directory, push_, os.path.join(page, pushes.FACES_FILE), fileio)
