"""Paths of `data`: no object stores."""

import pytest

from pipelines.config.checks import check_label_config
from schemas.config.blocks import Config, DataConfig
from schemas.errors import ConfigError


@pytest.mark.parametrize("scheme", ["gs", "s3", "minio", "http"])
@pytest.mark.parametrize("key", ["labels", "images"])
def test_a_bucket_is_refused_with_what_to_do(key: str, scheme: str) -> None:
    path = f"{scheme}://bucket/faces"
    good = DataConfig("adience", "/labels", "/images")
    paths = {"labels": "/l", "images": "/i"} | {key: path}
    bad = DataConfig("adience", paths["labels"], paths["images"])

    with pytest.raises(ConfigError) as caught:
        check_label_config(Config("a", (good, bad)))

    assert str(caught.value) == (
        f"data.1.{key} is {path!r}, expected a path of a file system: Facefold reads labels and "
        "images of no object store. Mount the bucket (on Kubeflow as a volume), or copy it."
    )
