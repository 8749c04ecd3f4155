"""The KFP package: schema 2.1, every node, container paths, resources, volumes, caching."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf import json_format
from kfp import components
from kfp.kubernetes.kubernetes_executor_config_pb2 import KubernetesExecutorConfig
from kfp.pipeline_spec.pipeline_spec_pb2 import PipelineSpec, PlatformSpec

from pipelines.cli import main
from pipelines.kubeflow.names import is_label, task_name
from pipelines.kubeflow.paths import FOLDS, check_package
from pipelines.nodes import node_names
from schemas.config.blocks import Config, FoldsConfig
from tests.repository import ROOT

pytestmark = pytest.mark.tf

TASKS = {task_name(node) for node in node_names(Config("a", ()))}
SECRETS = "kubeflow.secrets={s3-keys: {env: {accesskey: AWS_ACCESS_KEY_ID}, mount: /secrets/s3}}"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kfp") / "pipeline.yaml"
    assert (
        main(["kubeflow", "compile", "kubeflow", SECRETS, "-o", str(path), "--image", "r/face:1"])
        == 0
    )
    return path


def documents(package: Path) -> list[dict[str, Any]]:
    """The pipeline, and the settings of the platform."""
    return list(yaml.safe_load_all(package.read_text()))


@pytest.fixture(scope="module")
def specification(package: Path) -> dict[str, Any]:
    return documents(package)[0]


@pytest.fixture(scope="module")
def containers(specification: dict[str, Any]) -> dict[str, Any]:
    """Containers by the names of their tasks."""
    executors = specification["deploymentSpec"]["executors"]
    return {name.removeprefix("exec-"): each["container"] for name, each in executors.items()}


def test_package_is_a_pipeline_that_kfp_reads(package: Path) -> None:
    loaded = components.load_component_from_file(str(package))

    assert loaded.name == "adience-age"


def test_a_package_may_be_replaced(package: Path) -> None:
    check_package(package)


def test_package_holds_every_node_and_schema_2_1(specification: dict[str, Any]) -> None:
    json_format.ParseDict(specification, PipelineSpec())  # Strictly: no unknown key.

    assert specification["schemaVersion"] == "2.1.0"
    assert specification["defaultPipelineRoot"] == "minio://mlpipeline/v2/artifacts"
    tasks = specification["root"]["dag"]["tasks"]
    assert set(tasks) == TASKS
    assert {each["taskInfo"]["name"] for each in tasks.values()} == TASKS


def test_every_step_runs_our_command_in_the_given_image(containers: dict[str, Any]) -> None:
    assert {container["image"] for container in containers.values()} == {"r/face:1"}
    assert {" ".join(container["command"]) for container in containers.values()} == {
        "python -m pipelines.kubeflow.step"
    }
    # Kubeflow keeps one definition for components whose containers are equal.
    assert len({tuple(container["args"]) for container in containers.values()}) == len(containers)


def test_every_step_has_cpu_and_memory_and_the_trainer_alone_a_gpu(
    containers: dict[str, Any],
) -> None:
    resources = {name: container["resources"] for name, container in containers.items()}

    assert set(resources) == TASKS
    assert {
        name: (each["resourceCpuLimit"], each["resourceMemoryLimit"])
        for name, each in resources.items()
    } == dict.fromkeys(TASKS, ("1", "4Gi")) | {
        "face-ingest": ("4", "16Gi"),
        "face-example-gen": ("4", "16Gi"),
        "statistics-gen": ("4", "16Gi"),
        "evaluator": ("4", "16Gi"),
        "trainer": ("8", "32Gi"),
    }
    assert [name for name, each in resources.items() if "accelerator" in each] == ["trainer"]
    assert [name for name, each in containers.items() if "--gpus" in each["args"]] == ["trainer"]


def test_failed_steps_are_tried_again(specification: dict[str, Any], tmp_path: Path) -> None:
    policies = [each["retryPolicy"] for each in specification["root"]["dag"]["tasks"].values()]
    path = tmp_path / "once.yaml"
    assert main(["kubeflow", "compile", "kubeflow", "kubeflow.retries=0", "-o", str(path)]) == 0

    assert policies[0] == {
        "maxRetryCount": 2,
        "backoffDuration": "60s",
        "backoffFactor": 2.0,
        "backoffMaxDuration": "3600s",
    }
    assert all(policy == policies[0] for policy in policies)
    tasks = documents(path)[0]["root"]["dag"]["tasks"].values()
    assert not any("retryPolicy" in task for task in tasks)


def test_steps_that_depend_on_more_than_their_inputs_are_never_cached(
    specification: dict[str, Any],
) -> None:
    tasks = specification["root"]["dag"]["tasks"]
    cached = {name for name, task in tasks.items() if task.get("cachingOptions")}

    assert cached == TASKS - {"face-ingest", "import-schema-gen", "bias-review", "pusher"}


def test_volumes_secrets_and_pull_policy_are_of_every_step(package: Path) -> None:
    specification, platform = documents(package)
    json_format.ParseDict(platform, PlatformSpec())
    executors = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]

    assert set(executors) == set(specification["deploymentSpec"]["executors"])
    for each in executors.values():
        settings = json_format.ParseDict(each, KubernetesExecutorConfig())  # Strictly.
        [mount], [variable], [volume] = (
            settings.pvc_mount,
            settings.secret_as_env,
            settings.secret_as_volume,
        )
        assert settings.image_pull_policy == "IfNotPresent"
        assert (mount.constant, mount.mount_path) == ("facefold-data", "/data")
        assert mount.pvc_name_parameter.runtime_value.constant.string_value == "facefold-data"
        assert (variable.secret_name, volume.secret_name) == ("s3-keys", "s3-keys")
        [pair] = variable.key_to_env
        assert (pair.secret_key, pair.env_var) == ("accesskey", "AWS_ACCESS_KEY_ID")
        assert (volume.mount_path, volume.optional) == ("/secrets/s3", False)
    assert "&id" not in package.read_text()  # YAML's aliases, which not every reader follows.


def test_kubeflow_shows_the_review_and_the_statistics(specification: dict[str, Any]) -> None:
    shown = {
        (component, key): each["artifactType"]["schemaTitle"]
        for component, definition in specification["components"].items()
        for key, each in definition["outputDefinitions"]["artifacts"].items()
        if "schemaTitle" in each["artifactType"]
    }

    assert shown == {
        ("comp-bias-review", "review"): "system.HTML",
        ("comp-bias-review", "metrics"): "system.Metrics",
        ("comp-bias-review", "confusion_age"): "system.ClassificationMetrics",
        ("comp-statistics-gen", "shown_statistics"): "system.HTML",
    }


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
    words += ["beam.job_server=job-server:8099", "beam.workers=6"]

    assert main(["kubeflow", "compile", "kubeflow", *words, "-o", str(path)]) == 0

    options = beam_arguments(documents(path)[0]).values()
    assert set(map(frozenset, options)) == {
        frozenset(
            {
                "--runner=pipelines.beam.portable.WatchedFlinkRunner",
                "--flink_master=flink:8081",
                "--job_endpoint=job-server:8099",
                "--environment_type=EXTERNAL",
                '--environment_config={"url":"pool:50000"}',
                "--parallelism=6",
                "--sdk_container_image=unused",
            }
        )
    }


def test_a_cross_validation_has_a_task_per_fold_under_names_that_kubernetes_accepts(
    tmp_path: Path,
) -> None:
    path = tmp_path / "pipeline.yaml"

    assert main(["kubeflow", "compile", "kubeflow", "folds.test=all", "-o", str(path)]) == 0

    dag = documents(path)[0]["root"]["dag"]["tasks"]
    config = Config("a", (), folds=FoldsConfig(test="all"))
    assert set(dag) == {task_name(node) for node in node_names(config, FOLDS)}
    assert all(map(is_label, dag))
    assert components.load_component_from_file(str(path)).name == "adience-age"
    artifacts = dag["bias-review"]["inputs"]["artifacts"]
    producers = {
        key: given["taskOutputArtifact"]["producerTask"] for key, given in artifacts.items()
    }
    assert producers["evaluation_3"] == "evaluator-fold-3"
    assert producers["pushed"] == "trainer"
