"""The KFP package: schema 2.1, every node, container paths, FaceIngest never cached."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from kfp import components

from pipelines.cli import main
from pipelines.kubeflow.paths import FOLDS, check_package
from pipelines.nodes import node_names
from schemas.config.blocks import Config, FoldsConfig
from tests.repository import ROOT

pytestmark = pytest.mark.tf

NODES = node_names(Config("a", ()))


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


def test_a_package_may_be_replaced(package: Path) -> None:
    check_package(package)


def test_package_holds_every_node_and_schema_2_1(specification: dict[str, Any]) -> None:
    assert specification["schemaVersion"] == "2.1.0"
    assert set(specification["root"]["dag"]["tasks"]) == set(NODES)


def test_every_step_runs_in_the_given_image(specification: dict[str, Any]) -> None:
    executors = specification["deploymentSpec"]["executors"].values()

    assert {executor["container"]["image"] for executor in executors} == {"r/face:1"}


def test_steps_that_read_labels_or_the_schema_are_never_cached(
    specification: dict[str, Any],
) -> None:
    tasks = specification["root"]["dag"]["tasks"]
    cached = {name for name, task in tasks.items() if task.get("cachingOptions")}

    assert cached == set(NODES) - {"FaceIngest", "ImportSchemaGen"}


def test_the_package_has_container_paths_and_none_of_this_machine(package: Path) -> None:
    text = package.read_text()

    assert "/data/adience/aligned" in text
    assert str(ROOT) not in text
    assert str(Path.cwd()) not in text


def beam_arguments(specification: dict[str, Any]) -> dict[str, set[str]]:
    """Beam options of each step that has any."""
    executors = specification["deploymentSpec"]["executors"]
    options = {
        name: {
            word for word in executor["container"]["args"] if word.startswith("--") and "=" in word
        }
        for name, executor in executors.items()
    }
    return {name: words for name, words in options.items() if words}


def test_every_step_runs_on_the_pinned_in_process_engine(specification: dict[str, Any]) -> None:
    options = beam_arguments(specification).values()

    assert set(map(frozenset, options)) == {
        frozenset({"--runner=FnApiRunner", "--sdk_container_image=unused"})
    }


def test_every_step_is_sent_to_the_flink_of_the_config(tmp_path: Path) -> None:
    path = tmp_path / "pipeline.yaml"
    words = ["beam.runner=flink", "beam.address=flink:8081", "beam.worker_pool=pool:50000"]
    words += ["beam.job_server=/opt/flink/server.jar", "beam.workers=6"]

    assert main(["kubeflow", "compile", "kubeflow", *words, "-o", str(path)]) == 0

    options = beam_arguments(yaml.safe_load(path.read_text())).values()
    assert set(map(frozenset, options)) == {
        frozenset(
            {
                "--runner=FlinkRunner",
                "--flink_master=flink:8081",
                "--flink_job_server_jar=/opt/flink/server.jar",
                "--environment_type=EXTERNAL",
                "--environment_config=pool:50000",
                "--parallelism=6",
                "--sdk_container_image=unused",
            }
        )
    }


def test_a_cross_validation_has_a_task_per_fold_under_names_that_argo_accepts(
    tmp_path: Path,
) -> None:
    path = tmp_path / "pipeline.yaml"

    assert main(["kubeflow", "compile", "kubeflow", "folds.test=all", "-o", str(path)]) == 0

    dag = yaml.safe_load(path.read_text())["root"]["dag"]["tasks"]
    config = Config("a", (), folds=FoldsConfig(test="all"))
    ours = {node.replace("_", "-") for node in node_names(config, FOLDS)}
    assert set(dag) == ours
    # Argo's rule for task names.
    assert all(re.fullmatch(r"[a-zA-Z0-9][-a-zA-Z0-9]*", name) for name in dag)
    assert components.load_component_from_file(str(path)).name == "adience-age"
    artifacts = dag["BiasReview"]["inputs"]["artifacts"]
    producers = {
        key: given["taskOutputArtifact"]["producerTask"] for key, given in artifacts.items()
    }
    assert producers["evaluation_3"] == "Evaluator-fold-3"
    assert producers["pushed"] == "Trainer"
