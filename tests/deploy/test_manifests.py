"""The Kubernetes manifests: by Kubernetes' own schemas, and beside the config that names them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from pipelines.config.load import read_config
from pipelines.worker_pool.__main__ import main as worker_pool
from tests.repository import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
FILES = sorted(FOLDER.glob("*.yaml"))
KUBERNETES = ("1.27", "1.32")  # Oldest and newest that are checked.


def manifests(file: Path) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(file.read_text()) if document]


def every() -> Iterator[dict[str, Any]]:
    for file in FILES:
        yield from manifests(file)


def named(kind: str, name: str) -> dict[str, Any]:
    [found] = [each for each in every() if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return found


def containers() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """(pod, container) of every deployment."""
    pods = [each["spec"]["template"]["spec"] for each in every() if each["kind"] == "Deployment"]
    return [(pod, container) for pod in pods for container in pod["containers"]]


@pytest.mark.parametrize("kubernetes", KUBERNETES)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_manifest_fits_kubernetes_own_schema(file: Path, kubernetes: str) -> None:
    assert manifests(file)
    for document in manifests(file):
        kubernetes_validate.validate(document, kubernetes, strict=True)


def test_the_claim_is_the_one_of_the_shipped_config() -> None:
    kubeflow = read_config(ROOT / "pipelines" / "configs" / "kubeflow.yaml", resolve=False).kubeflow
    claim = named("PersistentVolumeClaim", "facefold-data")

    assert kubeflow.volumes == {"facefold-data": "/data"}
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]


def test_models_are_served_from_where_the_shipped_config_pushes_them() -> None:
    config = read_config(ROOT / "pipelines" / "configs" / "kubeflow.yaml", resolve=False)
    [container] = named("Deployment", "facefold-serving")["spec"]["template"]["spec"]["containers"]

    assert f"--model_base_path={config.push.directory}" in container["args"]


def test_no_container_is_root_or_may_become_it() -> None:
    for pod, container in containers():
        security = pod["securityContext"] | container["securityContext"]
        assert security["runAsNonRoot"]
        assert security["runAsUser"] > 0
        assert not security["allowPrivilegeEscalation"]
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
        assert not pod["automountServiceAccountToken"]


def test_selectors_find_their_pods_and_services_their_ports() -> None:
    pods = [each["spec"]["template"] for each in every() if each["kind"] == "Deployment"]
    for document in every():
        if document["kind"] == "Deployment":
            wanted = document["spec"]["selector"]["matchLabels"]
            assert wanted == document["spec"]["template"]["metadata"]["labels"]
        if document["kind"] == "Service":
            selector = document["spec"]["selector"].items()
            [pod] = [pod for pod in pods if selector <= pod["metadata"]["labels"].items()]
            ports = [port for each in pod["spec"]["containers"] for port in each["ports"]]
            numbers = {port["name"]: port["containerPort"] for port in ports}
            for port in document["spec"]["ports"]:
                assert numbers[port["targetPort"]] == port["port"]


def test_the_pool_of_a_task_manager_listens_on_loopback_alone() -> None:
    [pool] = [each for _, each in containers() if each["name"] == "worker-pool"]
    module, *words = pool["command"][2:]

    assert module == "pipelines.worker_pool"
    assert words == ["--address", "127.0.0.1:50000"]
    with pytest.raises(SystemExit):
        worker_pool(["--help"])  # The module takes words.


def test_what_starts_code_is_reached_from_its_own_pods_and_runs_alone() -> None:
    policy = named("NetworkPolicy", "facefold-flink")["spec"]
    own = policy["podSelector"]["matchLabels"].items()
    labels = [
        each["spec"]["template"]["metadata"]["labels"]
        for each in every()
        if each["kind"] == "Deployment" and "flink" in str(each)
    ]

    assert len(labels) == 3
    assert all(own <= each.items() for each in labels)
    assert policy["policyTypes"] == ["Ingress"]
    assert all("from" in rule for rule in policy["ingress"])
