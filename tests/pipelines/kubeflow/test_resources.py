"""Resources of the steps' containers."""

import pytest
from google.protobuf import json_format
from kfp.pipeline_spec.pipeline_spec_pb2 import PipelineDeploymentConfig

from pipelines.kubeflow.resources import container_resources, resources_of, step_of
from schemas.config.cluster import KubeflowConfig, ResourcesConfig, StepResources

ResourceSpec = PipelineDeploymentConfig.PipelineContainerSpec.ResourceSpec


def test_a_step_has_what_its_kind_has_where_it_sets_nothing() -> None:
    steps = {"Trainer": StepResources(memory="32Gi", gpus=1), "Pusher": StepResources(cpu=0.5)}
    kubeflow = KubeflowConfig(
        resources=ResourcesConfig(StepResources(1.0, "4Gi"), StepResources(4.0, "16Gi"), steps)
    )

    assert resources_of(kubeflow, "Trainer") == StepResources(4.0, "32Gi", 1)
    assert resources_of(kubeflow, "Evaluator") == StepResources(4.0, "16Gi", 0)
    assert resources_of(kubeflow, "Pusher") == StepResources(0.5, "4Gi", 0)
    assert resources_of(kubeflow, "BiasReview") == StepResources(1.0, "4Gi", 0)


def test_the_step_of_a_fold_is_its_kind() -> None:
    assert step_of("Trainer_fold_3") == "Trainer"
    assert step_of("Pusher") == "Pusher"


@pytest.mark.parametrize(
    ("wanted", "cpu", "gigabytes", "texts"),
    [
        (StepResources(1.0, "4Gi"), 1.0, 4.294967296, ("1", "4Gi")),
        (StepResources(0.5, "512Mi"), 0.5, 0.536870912, ("500m", "512Mi")),
        (StepResources(2.0, "3G"), 2.0, 3.0, ("2", "3G")),
        (StepResources(1.0, "2000000000"), 1.0, 2.0, ("1", "2000000000")),
    ],
)
def test_old_and_new_fields_say_the_same(
    wanted: StepResources, cpu: float, gigabytes: float, texts: tuple[str, str]
) -> None:
    spec = json_format.ParseDict(container_resources(wanted), ResourceSpec())

    assert (spec.cpu_limit, spec.cpu_request) == (cpu, cpu)
    assert (spec.memory_limit, spec.memory_request) == (gigabytes, gigabytes)
    assert (spec.resource_cpu_limit, spec.resource_memory_limit) == texts
    assert (spec.resource_cpu_request, spec.resource_memory_request) == texts
    assert not spec.HasField("accelerator")


def test_gpus_are_asked_for_in_old_and_new_fields() -> None:
    spec = json_format.ParseDict(
        container_resources(StepResources(1.0, "1Gi", gpus=2)), ResourceSpec()
    )

    accelerator = spec.accelerator
    assert (accelerator.type, accelerator.count) == ("nvidia.com/gpu", 2)
    assert (accelerator.resource_type, accelerator.resource_count) == ("nvidia.com/gpu", "2")
