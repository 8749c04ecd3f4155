"""The block `kubeflow`: each wrong setting with its reason."""

from dataclasses import replace
from typing import Any

import pytest

from pipelines.config.parsing import build
from pipelines.kubeflow.settings import check_kubeflow
from schemas.config.blocks import BeamConfig, Config
from schemas.config.cluster import KubeflowConfig
from schemas.config.train import TrainConfig
from schemas.errors import ConfigError

WHOLE = {
    "root": "s3://bucket/artifacts",
    "store": "/data/store",
    "volumes": {"face-data": "/data", "models.v1": "/models"},
    "secrets": {
        "s3-keys": {"env": {"accesskey": "AWS_ACCESS_KEY_ID"}},
        "gcs": {"mount": "/secrets/gcs"},
    },
    "resources": {"steps": {"Trainer": {"gpus": 2}, "Pusher": {"memory": "512Mi"}}},
    "image": "registry.org/facefold:1",
    "pull_policy": "Always",
    "retries": 0,
}


def config(**changes: Any) -> Config:
    kubeflow = build(KubeflowConfig, WHOLE | changes, source="test")
    return Config("a", (), kubeflow=kubeflow)


def test_a_whole_block_and_an_empty_one_pass() -> None:
    check_kubeflow(config())
    check_kubeflow(Config("a", ()))


@pytest.mark.parametrize("root", ["gs://b", "s3://b/c", "minio://mlpipeline/v2/artifacts", None])
def test_roots_that_kubeflow_copies_from(root: str | None) -> None:
    check_kubeflow(config(root=root))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"root": "/data/runs"}, "expected a bucket .* each step runs in a container of its own"),
        ({"root": "mem://a"}, "expected a bucket"),
        ({"root": "minio://"}, "expected a bucket"),
        ({"root": "s3:/a"}, "expected a bucket"),
        ({"store": "store"}, "expected a folder below the mount path"),
        ({"store": "/elsewhere"}, r"kubeflow.volumes \(/data, /models\)"),
        ({"store": "/datastore"}, "expected a folder below"),
        ({"volumes": {}}, r"kubeflow.volumes \(none is set\)"),
        ({"image": "A B"}, "kubeflow.image is 'A B'"),
        ({"volumes": {"Face_Data": "/data"}}, "kubeflow.volumes names 'Face_Data'"),
        ({"volumes": {"a": "data"}}, "kubeflow.volumes.a is 'data', expected an absolute folder"),
        ({"volumes": {"a": "/data/../etc"}}, "expected an absolute folder"),
        ({"volumes": {"a": "/"}}, "expected an absolute folder"),
        ({"volumes": {"a": "/minio/"}}, "which Kubeflow itself mounts"),
        ({"volumes": {"a": "/data", "b": "/data/"}}, "volumes.b is '/data/', which .*volumes.a"),
        ({"secrets": {"a_b": {"mount": "/a"}}}, "kubeflow.secrets names 'a_b'"),
        ({"secrets": {"a": {}}}, "has neither mount nor env"),
        ({"secrets": {"a": {"env": {"k": "1A"}}}}, "'k': '1A', expected a key of the secret"),
        ({"secrets": {"a": {"env": {"k/l": "A"}}}}, "'k/l': 'A', expected a key"),
        ({"secrets": {"a": {"mount": "/data"}}}, "secrets.a.mount is '/data', which"),
        ({"resources": {"steps": {"Trainr": {}}}}, "did you mean 'Trainer'"),
        ({"resources": {"steps": {"Evaluator": {"gpus": 1}}}}, "Evaluator.gpus is 1, expected no"),
        ({"resources": {"heavy": {"cpu": 1, "memory": "1Gi", "gpus": 1}}}, "heavy.gpus is 1"),
        ({"resources": {"light": {"cpu": 1}}}, "light lacks cpu or memory"),
        ({"resources": {"light": {"cpu": 1, "memory": "1GB"}}}, "light.memory is '1GB'"),
        ({"resources": {"steps": {"Trainer": {"memory": "0Gi"}}}}, "memory is '0Gi'"),
    ],
)
def test_a_wrong_setting_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check_kubeflow(config(**changes))


@pytest.mark.parametrize(
    ("devices", "message"),
    [
        ("cpu", "Trainer.gpus is 2, but train.devices is cpu"),
        ((0, 2), "train.devices names GPU 2, but .* is 2. Ask for 3"),
    ],
)
def test_gpus_of_the_container_are_those_that_train(devices: Any, message: str) -> None:
    wrong = replace(config(), train=TrainConfig(devices=devices))

    with pytest.raises(ConfigError, match=message):
        check_kubeflow(wrong)
    check_kubeflow(replace(config(), train=TrainConfig(devices=(0, 1))))


FLINK = BeamConfig("flink", 4, "flink:8081", "flink-job-server:8099", "localhost:50000")


def test_a_cluster_of_beam_works_through_the_volume_and_a_job_server_that_runs() -> None:
    check_kubeflow(replace(config(), beam=FLINK))
    with pytest.raises(ConfigError, match=r"beam\.runner is flink and kubeflow\.store is not set"):
        check_kubeflow(replace(config(store=None), beam=FLINK))
    with pytest.raises(ConfigError, match=r"server\.jar', expected host:port of a job server"):
        check_kubeflow(replace(config(), beam=replace(FLINK, job_server="/opt/server.jar")))
