"""Pusher: a blessed model to the serving folder."""

import json
import logging
import os

from tfx import v1 as tfx
from tfx.dsl.io import fileio
from tfx.utils import path_utils

from components.pusher.push import PushedVersion, push
from schemas.artifact_files import PUSHED_FILE
from schemas.blessing import is_blessed

_log = logging.getLogger(__name__)


@tfx.dsl.components.component
def Pusher(  # noqa: N802 - TFX components read as classes.
    model: tfx.dsl.components.InputArtifact[tfx.types.standard_artifacts.Model],
    blessing: tfx.dsl.components.InputArtifact[tfx.types.standard_artifacts.ModelBlessing],
    pushed: tfx.dsl.components.OutputArtifact[tfx.types.standard_artifacts.PushedModel],
    directory: tfx.dsl.components.Parameter[str],
    code: tfx.dsl.components.Parameter[str],  # noqa: ARG001 - part of the cache key.
) -> None:
    """Copy the model to a new version below `directory` if it is blessed.

    `pushed` holds `pushed.json` with the version's folder, or null if none was pushed, and the
    sizes and hashes of its files; `code` is the hash of the sources behind this step.
    """
    version = PushedVersion(None, {})
    if is_blessed(blessing, fileio):
        owner = os.path.dirname(pushed.uri if "://" in pushed.uri else os.path.abspath(pushed.uri))
        version = push(path_utils.serving_model_path(model.uri), directory, owner, fileio)
    _log.info("pushed to %s", version.version)
    fileio.makedirs(pushed.uri)
    with fileio.open(os.path.join(pushed.uri, PUSHED_FILE), "w") as file:
        file.write(json.dumps(version._asdict()))
