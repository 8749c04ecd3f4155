"""Changes to each task of a package: names, command, resources, retries, caching, shown outputs."""

from typing import Any

from pipelines.beam.options import timeout_of
from pipelines.kubeflow.names import task_name
from pipelines.kubeflow.resources import GPU_STEPS, container_resources, resources_of, step_of
from pipelines.kubeflow.shown import artifact_type, shown_types
from schemas.config.blocks import Config

# Their label files and schema may change between two runs under the same paths, and the log of
# pushes and the approvals between two runs with the same inputs: Kubeflow's cache sees neither.
NEVER_CACHED = ("FaceIngest", "ImportSchemaGen", "BiasReview", "Pusher")
_FIRST_RETRY = "60s"
# Of the last step alone, which notes what became of the run; Kubeflow's driver fills it in.
RUN_PARAMETER = "facefold_run"
RUN_PLACEHOLDER = "{{$.pipeline_job_uuid}}"
_LAST_STEP = "Pusher"

Specification = dict[str, Any]


def change_tasks(specification: Specification, config: Config, *, read: bool = False) -> None:
    """Change the tasks, components and executors that TFX compiled, in place.

    Args:
      specification: of a whole pipeline.
      config: the settings.
      read: whether the package holds the fingerprint of the sources.
    """
    dag = specification["root"]["dag"]
    components, deployment = specification["components"], specification["deploymentSpec"]
    tasks, executors = dag["tasks"], deployment["executors"]
    dag["tasks"] = {
        task_name(node): _task(node, task, config, read) for node, task in tasks.items()
    }
    specification["components"] = {
        _component_name(node): _component(node, component, config)
        for node, component in components.items()
    }
    deployment["executors"] = {
        executor_name(node): _executor(node, executors[component["executorLabel"]], config)
        for node, component in components.items()
    }
    for node, component in components.items():
        component["executorLabel"] = executor_name(node)


def executor_name(node: str) -> str:
    """Label of a node's executor."""
    return f"exec-{task_name(node)}"


def _component_name(node: str) -> str:
    return f"comp-{task_name(node)}"


def _task(node: str, task: Specification, config: Config, read: bool) -> Specification:
    task["taskInfo"]["name"] = task_name(node)
    task["componentRef"]["name"] = _component_name(node)
    task["dependentTasks"] = sorted(map(task_name, task.get("dependentTasks", [])))
    for given in task.get("inputs", {}).get("artifacts", {}).values():
        given["taskOutputArtifact"]["producerTask"] = task_name(
            given["taskOutputArtifact"]["producerTask"]
        )
    if step_of(node) == _LAST_STEP:
        parameters = task.setdefault("inputs", {}).setdefault("parameters", {})
        parameters[RUN_PARAMETER] = {"runtimeValue": {"constant": RUN_PLACEHOLDER}}
    if step_of(node) in NEVER_CACHED and not (read and step_of(node) == "FaceIngest"):
        task.pop("cachingOptions", None)
    if config.kubeflow.retries:
        task["retryPolicy"] = {
            "maxRetryCount": config.kubeflow.retries,
            "backoffDuration": _FIRST_RETRY,
            "backoffFactor": 2.0,
            "backoffMaxDuration": "3600s",
        }
    return task


def _component(node: str, component: Specification, config: Config) -> Specification:
    if step_of(node) == _LAST_STEP:
        parameters = component["inputDefinitions"].setdefault("parameters", {})
        parameters[RUN_PARAMETER] = {"parameterType": "STRING"}
    heads = tuple(head for head, _ in config.heads)
    artifacts = component["outputDefinitions"]["artifacts"]
    for name, title in shown_types(step_of(node), heads).items():
        artifacts[name] = {"artifactType": artifact_type(title)}
    return component


def _executor(node: str, executor: Specification, config: Config) -> Specification:
    kubeflow, step = config.kubeflow, step_of(node)
    wanted = resources_of(kubeflow, step)
    container = executor["container"]
    # The node's name makes each container different: Kubeflow stores one definition for all
    # components with equal containers.
    options = ["--node", node, "--workers", str(config.beam.workers)]
    if config.beam.runner != "direct":
        options += ["--beam-timeout", str(timeout_of(config.beam))]
    if config.dask.address and step == "FaceIngest":
        options += ["--dask", config.dask.address]
    if kubeflow.store:
        options += ["--store", kubeflow.store]
    if step in GPU_STEPS and wanted.gpus:
        options += ["--gpus", str(wanted.gpus)]
    container["image"] = kubeflow.image
    container["command"] = ["python", "-m", "pipelines.kubeflow.step"]
    container["args"] = [*options, *container["args"]]
    container["resources"] = container_resources(wanted)
    return executor
