"""What each step's container gets: CPU, memory and GPUs."""

import re
from typing import Any

from pipelines.nodes import all_steps
from schemas.config.cluster import KubeflowConfig, StepResources

STEPS = all_steps()
# Steps whose work or memory grows with the number of images; the others take seconds.
HEAVY = ("FaceIngest", "FaceExampleGen", "StatisticsGen", "Tuner", "Trainer", "Evaluator")
GPU_STEPS = ("Trainer", "Tuner")
_GPU = "nvidia.com/gpu"  # The name under which NVIDIA's device plug-in offers GPUs.
_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15} | {
    "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50,
}  # fmt: skip


def step_of(node: str) -> str:
    """The step of a node: `Trainer_fold_0` is a Trainer."""
    return node.partition("_")[0]


def resources_of(kubeflow: KubeflowConfig, step: str) -> StepResources:
    """Resources of a step, with the values of its kind where it sets none."""
    resources = kubeflow.resources
    kind = resources.heavy if step in HEAVY else resources.light
    own = resources.steps.get(step, StepResources())
    cpu = kind.cpu if own.cpu is None else own.cpu
    return StepResources(cpu, own.memory or kind.memory, own.gpus)


def container_resources(wanted: StepResources) -> dict[str, Any]:
    """The resources of a container in a package.

    Request and limit are equal: the pod is the last that a node evicts. The numbers (GB and cores)
    are for KFP before 2.3, the texts for later ones.
    """
    cpu, memory = float(wanted.cpu or 0), str(wanted.memory)
    found: dict[str, Any] = {}
    for kind in ("Limit", "Request"):
        found |= {
            f"cpu{kind}": cpu,
            f"memory{kind}": _bytes(memory) / 10**9,
            f"resourceCpu{kind}": _quantity(cpu),
            f"resourceMemory{kind}": memory,
        }
    if wanted.gpus:
        found["accelerator"] = {
            "type": _GPU,
            "count": str(wanted.gpus),  # A 64-bit number, which JSON writes as text.
            "resourceType": _GPU,
            "resourceCount": str(wanted.gpus),
        }
    return found


def _quantity(cpu: float) -> str:
    return str(int(cpu)) if cpu == int(cpu) else f"{round(cpu * 1000)}m"


def _bytes(memory: str) -> int:
    digits, unit = re.fullmatch(r"([0-9]+)(.*)", memory).groups()  # type: ignore[union-attr]
    return int(digits) * _UNITS[unit]
