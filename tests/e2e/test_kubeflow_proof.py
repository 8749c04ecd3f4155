"""The plain pipeline as Kubeflow executes it; `make kubeflow-proof` executes others, too."""

from pathlib import Path

import pytest

from tests.e2e.kubeflow_cluster import can_mount, image_schemas
from tests.e2e.kubeflow_proof import prove

pytestmark = [pytest.mark.tf, pytest.mark.e2e, pytest.mark.slow]


@pytest.mark.skipif(not can_mount(), reason="only root may write to /minio")
def test_the_package_gives_the_review_of_a_local_run_and_reuses_it(tmp_path: Path) -> None:
    lines: list[str] = []

    with image_schemas():
        problems = prove("plain", tmp_path, lines.append)

    assert problems == [], "\n".join(lines)
