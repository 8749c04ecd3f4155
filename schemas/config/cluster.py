"""The block `kubeflow` of the config: where a package runs, and what each step gets.

Mappings take part in equality and, having no hash themselves, not in a block's hash.
"""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Interval

from schemas.config.serialization import Block
from schemas.config.train import CountOrZero

IMAGE = "facefold:0.1.0"  # As deploy/README.md builds it.


@dataclass(frozen=True)
class StepResources(Block):
    """Requests and limits of a step's container; null: those of its kind, light or heavy."""

    cpu: Annotated[float, Interval(ge=0.1, le=1024)] | None = None  # Cores.
    memory: str | None = None  # A Kubernetes quantity, such as 4Gi.
    gpus: CountOrZero = 0  # Of Trainer and Tuner alone.


@dataclass(frozen=True)
class ResourcesConfig(Block):
    """Resources by kind of step, and of single steps."""

    light: StepResources = StepResources(1.0, "4Gi")
    heavy: StepResources = StepResources(4.0, "16Gi")  # HEAVY in pipelines/kubeflow/resources.py.
    # By the step's name; `Trainer` is every Trainer of a cross-validation.
    steps: dict[str, StepResources] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class SecretConfig(Block):
    """How a Kubernetes secret reaches every step."""

    mount: str | None = None  # Folder in the container, with one file a key.
    env: dict[str, str] = field(
        default_factory=dict, hash=False
    )  # {key of the secret: environment variable}.


@dataclass(frozen=True)
class KubeflowConfig(Block):
    """Settings of the package; `facefold run` reads none of them."""

    # URI of an object store below which Kubeflow keeps the artifacts; null: the server's own.
    root: str | None = None
    # Folder of a mounted volume, kept between runs: unfinished trainings, reusable outputs, reviews
    # and approvals. null: nothing is kept.
    store: str | None = None
    image: str = IMAGE
    pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    resources: ResourcesConfig = ResourcesConfig()
    volumes: dict[str, str] = field(
        default_factory=dict, hash=False
    )  # {name of a PVC: mount path}.
    secrets: dict[str, SecretConfig] = field(default_factory=dict, hash=False)  # By their names.
    # Of a failed step, after 1, 2, 4... minutes.
    retries: Annotated[int, Interval(ge=0, le=10)] = 2
