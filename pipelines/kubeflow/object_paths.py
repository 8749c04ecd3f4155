"""Where Kubeflow's launcher puts the objects of a bucket: `gs://a/b` below `/gcs/a/b`.

The launcher downloads a step's inputs to these folders before it starts, and uploads its outputs
from them afterwards (backend/src/v2/objectstore of kubeflow/pipelines).
"""

from schemas.errors import ConfigError

FOLDERS = {"gs://": "/gcs/", "s3://": "/s3/", "minio://": "/minio/"}


def local_path(uri: str) -> str:
    """The local path of an object. Raises ConfigError for another kind of URI."""
    for scheme, folder in FOLDERS.items():
        if uri.startswith(scheme):
            return folder + uri.removeprefix(scheme)
    raise ConfigError(
        f"the artifact {uri!r} lies in no object store that Kubeflow copies from, expected "
        f"{' or '.join(FOLDERS)}. Set kubeflow.root."
    )


def remote_uri(path: str) -> str:
    """The URI of `local_path`; another path unchanged."""
    for scheme, folder in FOLDERS.items():
        if path.startswith(folder):
            return scheme + path.removeprefix(folder)
    return path
