"""Checks of the block `kubeflow`, without importing TFX."""

import re
from pathlib import PurePosixPath

from pipelines.config.checks.beam_checks import is_address
from pipelines.config.known_names import check_known
from pipelines.kubeflow.names import check_image, is_label
from pipelines.kubeflow.resources import GPU_STEPS, STEPS, resources_of
from schemas.config.blocks import Config
from schemas.config.cluster import KubeflowConfig, SecretConfig, StepResources
from schemas.errors import ConfigError

# Object stores from and to which Kubeflow's launcher copies; the server takes `mem://`, too.
SCHEMES = ("gs", "s3", "minio")
_MEMORY = re.compile(r"[1-9][0-9]*(?:Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET_KEY = re.compile(r"[A-Za-z0-9._-]+")


def check_kubeflow(config: Config) -> None:
    """Root, store, image, resources, volumes and secrets. Raises ConfigError."""
    kubeflow = config.kubeflow
    check_image("kubeflow.image", kubeflow.image)
    _check_root(kubeflow.root)
    for kind in ("volumes", "secrets"):
        for name in getattr(kubeflow, kind):
            if not all(map(is_label, name.split("."))):
                raise ConfigError(
                    f"kubeflow.{kind} names {name!r}, expected the name of a Kubernetes object: "
                    "lower-case letters, digits, '-' and '.'."
                )
    for name, secret in kubeflow.secrets.items():
        _check_secret(name, secret)
    _check_mounts(kubeflow)
    _check_store(kubeflow)
    _check_resources(config)
    _check_beam(config)


def _check_beam(config: Config) -> None:
    """Workers of a cluster see the volume alone, and the image has no Java."""
    beam = config.beam
    if beam.runner == "direct":
        return
    if config.kubeflow.store is None:
        raise ConfigError(
            f"beam.runner is {beam.runner} and kubeflow.store is not set, expected a folder of a "
            "volume that the Beam workers mount under the same path: through it they read and "
            "write a step's files. Set it, or beam.runner=direct."
        )
    if not is_address(str(beam.job_server)):
        raise ConfigError(
            f"beam.job_server is {beam.job_server!r}, expected host:port of a job server that runs "
            "on the cluster (deploy/kubernetes/flink.yaml): the image has no Java to start one."
        )


def _check_root(root: str | None) -> None:
    if root is None:
        return
    scheme, separator, rest = root.partition("://")
    if scheme not in SCHEMES or not separator or not rest.strip("/"):
        raise ConfigError(
            f"kubeflow.root is {root!r}, expected a bucket such as minio://mlpipeline/v2/artifacts "
            f"({', '.join(f'{name}://' for name in SCHEMES)}): each step runs in a container of "
            "its own, and Kubeflow carries artifacts between them through an object store. Keep "
            "folders of a volume for kubeflow.store, data and push.directory."
        )


def _check_secret(name: str, secret: SecretConfig) -> None:
    place = f"kubeflow.secrets.{name}"
    if secret.mount is None and not secret.env:
        raise ConfigError(
            f"{place} has neither mount nor env, expected one of them. Set {place}.mount to a "
            f"folder, or {place}.env to {{key: VARIABLE}}."
        )
    for key, variable in secret.env.items():
        if not _SECRET_KEY.fullmatch(key) or not _VARIABLE.fullmatch(variable):
            raise ConfigError(
                f"{place}.env has {key!r}: {variable!r}, expected a key of the secret and the name "
                "of an environment variable, such as accesskey: AWS_ACCESS_KEY_ID."
            )


def _check_mounts(kubeflow: KubeflowConfig) -> None:
    """Mount paths are absolute and different, and not Kubeflow's own."""
    own = {f"/{name}": "Kubeflow itself" for name in ("gcs", "s3", "minio")}
    mounts = {f"kubeflow.volumes.{name}": path for name, path in kubeflow.volumes.items()}
    mounts |= {
        f"kubeflow.secrets.{name}.mount": secret.mount
        for name, secret in kubeflow.secrets.items()
        if secret.mount is not None
    }
    for key, path in mounts.items():
        parts = PurePosixPath(path).parts
        if not path.startswith("/") or ".." in parts or ":" in path or len(parts) < 2:
            raise ConfigError(
                f"{key} is {path!r}, expected an absolute folder in the container, such as /data."
            )
        folder = str(PurePosixPath(path))
        if folder in own:
            raise ConfigError(
                f"{key} is {path!r}, which {own[folder]} mounts, expected another folder."
            )
        own[folder] = key


def _check_store(kubeflow: KubeflowConfig) -> None:
    if kubeflow.store is None:
        return
    store = PurePosixPath(kubeflow.store)
    mounts = kubeflow.volumes.values()
    if not kubeflow.store.startswith("/") or not any(map(store.is_relative_to, mounts)):
        raise ConfigError(
            f"kubeflow.store is {kubeflow.store!r}, expected a folder below the mount path of one "
            f"of kubeflow.volumes ({', '.join(mounts) or 'none is set'}): elsewhere it would end "
            "with each step's container."
        )


def _check_resources(config: Config) -> None:
    resources = config.kubeflow.resources
    for step in resources.steps:
        check_known("kubeflow.resources.steps", step, STEPS)
    kinds = {"light": resources.light, "heavy": resources.heavy}
    steps = {f"steps.{step}": wanted for step, wanted in resources.steps.items()}
    for name, wanted in (kinds | steps).items():
        _check_step(f"kubeflow.resources.{name}", wanted)
    for name, wanted in kinds.items():
        if wanted.cpu is None or wanted.memory is None:
            raise ConfigError(
                f"kubeflow.resources.{name} lacks cpu or memory, expected both, such as "
                "{cpu: 1, memory: 4Gi}."
            )
    for step in GPU_STEPS if config.tune.trials else ("Trainer",):
        _check_devices(step, config)


def _check_devices(step: str, config: Config) -> None:
    """The GPUs of a container are those that train. Raises ConfigError."""
    devices, gpus = config.train.devices, resources_of(config.kubeflow, step).gpus
    place = f"kubeflow.resources.steps.{step}.gpus"
    if gpus and devices == "cpu":
        raise ConfigError(
            f"{place} is {gpus}, but train.devices is cpu. Set train.devices=auto, or gpus to 0."
        )
    if isinstance(devices, tuple) and max(devices) >= gpus:
        raise ConfigError(
            f"train.devices names GPU {max(devices)}, but {place} is {gpus}. Ask for "
            f"{max(devices) + 1}, or set train.devices=auto."
        )


def _check_step(place: str, wanted: StepResources) -> None:
    if wanted.memory is not None and not _MEMORY.fullmatch(wanted.memory):
        raise ConfigError(
            f"{place}.memory is {wanted.memory!r}, expected a quantity such as 512Mi or 16Gi."
        )
    if wanted.gpus and place.rpartition(".")[2] not in GPU_STEPS:
        raise ConfigError(
            f"{place}.gpus is {wanted.gpus}, expected none: {' and '.join(GPU_STEPS)} alone use "
            "one. Remove the key."
        )
