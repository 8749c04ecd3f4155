"""The KFP package: schema 2.1, every node, container paths, FaceIngest never cached."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from kfp import components

from pipelines.cli import main
from pipelines.nodes import NODES

pytestmark = pytest.mark.tf


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kfp") / "pipeline.yaml"
    assert main(["kubeflow", "compile", "kubeflow", "-o", str(path), "--image", "r/face:1"]) == 0
    return path


@pytest.fixture(scope="module")
def specification(package: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(package.read_text())
    return found


def test_package_is_a_pipeline_that_kfp_reads(package: Path) -> None:
    loaded = components.load_component_from_file(str(package))

    assert loaded.name == "adience-age"


def test_package_holds_every_node_and_schema_2_1(specification: dict[str, Any]) -> None:
    assert specification["schemaVersion"] == "2.1.0"
    assert set(specification["root"]["dag"]["tasks"]) == set(NODES)


def test_every_step_runs_in_the_given_image(specification: dict[str, Any]) -> None:
    executors = specification["deploymentSpec"]["executors"].values()

    assert {executor["container"]["image"] for executor in executors} == {"r/face:1"}


def test_what_reads_labels_or_schema_is_never_taken_from_the_cache(
    specification: dict[str, Any],
) -> None:
    tasks = specification["root"]["dag"]["tasks"]
    cached = {name for name, task in tasks.items() if task.get("cachingOptions")}

    assert cached == set(NODES) - {"FaceIngest", "ImportSchemaGen"}


def test_package_names_the_containers_paths_and_none_of_this_machine(package: Path) -> None:
    text = package.read_text()

    assert "/data/adience/aligned" in text
    assert str(Path(__file__).parents[3]) not in text
    assert str(Path.cwd()) not in text
