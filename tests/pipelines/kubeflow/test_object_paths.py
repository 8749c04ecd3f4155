"""Objects of a bucket as local files, and back."""

import pytest

from pipelines.kubeflow.object_paths import local_path, remote_uri
from schemas.errors import ConfigError


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("minio://mlpipeline/v2/a", "/minio/mlpipeline/v2/a"),
        ("gs://bucket/a b", "/gcs/bucket/a b"),
        ("s3://bucket/minio://x", "/s3/bucket/minio://x"),
    ],
)
def test_a_uri_and_its_path(uri: str, path: str) -> None:
    assert local_path(uri) == path
    assert remote_uri(path) == uri


def test_another_path_is_no_object() -> None:
    assert remote_uri("/data/minio/a") == "/data/minio/a"


@pytest.mark.parametrize("uri", ["/data/a", "mem://a", "file:///a", ""])
def test_what_lies_in_no_object_store_is_refused(uri: str) -> None:
    with pytest.raises(ConfigError, match="lies in no object store"):
        local_path(uri)
