"""The second document of a package: volumes, secrets and the pull policy of every step."""

from collections.abc import Iterable
from typing import Any

from google.protobuf import json_format
from kfp.kubernetes.kubernetes_executor_config_pb2 import (
    KubernetesExecutorConfig,
    PvcMount,
    SecretAsEnv,
    SecretAsVolume,
)
from kfp.pipeline_spec.pipeline_spec_pb2 import TaskInputsSpec

from schemas.config.cluster import KubeflowConfig, SecretConfig


def platform_document(kubeflow: KubeflowConfig, executors: Iterable[str]) -> dict[str, Any]:
    """The document, for executors of these labels."""
    settings = _settings(kubeflow)
    by_label = {label: json_format.MessageToDict(settings) for label in executors}
    return {"platforms": {"kubernetes": {"deploymentSpec": {"executors": by_label}}}}


def _settings(kubeflow: KubeflowConfig) -> KubernetesExecutorConfig:
    settings = KubernetesExecutorConfig(image_pull_policy=kubeflow.pull_policy)
    for name, path in kubeflow.volumes.items():
        # `constant` is for KFP before 2.4.
        settings.pvc_mount.append(
            PvcMount(constant=name, pvc_name_parameter=_constant(name), mount_path=path)
        )
    for name, secret in kubeflow.secrets.items():
        _add_secret(settings, name, secret)
    return settings


def _add_secret(settings: KubernetesExecutorConfig, name: str, secret: SecretConfig) -> None:
    given = {"secret_name": name, "secret_name_parameter": _constant(name)}
    if secret.mount is not None:
        settings.secret_as_volume.append(
            SecretAsVolume(**given, mount_path=secret.mount, optional=False)
        )
    if secret.env:
        pairs = [
            SecretAsEnv.SecretKeyToEnvMap(secret_key=key, env_var=variable)
            for key, variable in secret.env.items()
        ]
        settings.secret_as_env.append(SecretAsEnv(**given, key_to_env=pairs))


def _constant(value: str) -> Any:
    parameter = TaskInputsSpec.InputParameterSpec()
    parameter.runtime_value.constant.string_value = value
    return parameter
