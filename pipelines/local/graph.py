"""The compiled pipeline (TFX's IR), node by node, and its metadata store.

TFX internals, which a new TFX may move: here `dsl.compiler`, `orchestration.metadata`,
`orchestration.local.runner_utils`, `proto.orchestration` and `orchestration.portable.{launcher,
mlmd.execution_lib,runtime_parameter_utils}`; `reuse` adds `orchestration.data_types_utils` and
`orchestration.portable.{cache,inputs,outputs}_utils`, `launch` `dsl.placeholder`. LocalDagRunner
offers neither progress, nor checked reuse, nor the nodes that do not depend on a failed one.
"""

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml_metadata import errors
from tfx.dsl.compiler import compiler, constants
from tfx.orchestration import metadata
from tfx.orchestration.local import runner_utils
from tfx.orchestration.portable import launcher, runtime_parameter_utils
from tfx.orchestration.portable.mlmd import execution_lib
from tfx.proto.orchestration import pipeline_pb2


@dataclass(frozen=True)
class Graph:
    """A pipeline ready to launch."""

    ir: pipeline_pb2.Pipeline
    deployment: Any  # LocalDeploymentConfig.
    connection: Any  # Connection config of the MLMD store.

    @property
    def nodes(self) -> list[Any]:
        """Nodes in topological order."""
        return [node.pipeline_node for node in self.ir.nodes]

    @property
    def names(self) -> list[str]:
        """Node ids in topological order."""
        return [node.node_info.id for node in self.nodes]

    def node(self, name: str) -> Any:
        """One node by id."""
        return self.nodes[self.names.index(name)]

    def executor_spec(self, name: str) -> Any:
        """The executor spec of a node."""
        return runner_utils.extract_executor_spec(self.deployment, name)

    def launch(self, name: str) -> int:
        """Run one node or reuse its cached outputs; return its execution id."""
        execution = launcher.Launcher(
            pipeline_node=self.node(name),
            mlmd_connection=metadata.Metadata(self.connection),
            pipeline_info=self.ir.pipeline_info,
            pipeline_runtime_spec=self.ir.runtime_spec,
            executor_spec=self.executor_spec(name),
            custom_driver_spec=runner_utils.extract_custom_driver_spec(self.deployment, name),
        ).launch()
        return int(execution.execution_id)

    @property
    def store_file(self) -> Path:
        """The MLMD store's file."""
        return Path(self.connection.sqlite.filename_uri)

    def store(self) -> Any:
        """The MLMD store, as a context manager."""
        return metadata.Metadata(self.connection)


def compile_graph(pipeline: Any) -> Graph:
    """Compile a tfx Pipeline for a run that starts now."""
    ir = compiler.Compiler().compile(pipeline)
    runtime_parameter_utils.substitute_runtime_parameter(
        ir,
        {constants.PIPELINE_RUN_ID_PARAMETER_NAME: datetime.datetime.now(datetime.UTC).isoformat()},
    )
    deployment = runner_utils.extract_local_deployment_config(ir)
    config = deployment.metadata_connection_config
    return Graph(ir, deployment, getattr(config, config.WhichOneof("connection_config")))


def with_descendants(graph: Graph, name: str) -> set[str]:
    """A node and its descendants."""
    names = {name}
    for node in graph.nodes:
        if names & set(node.upstream_nodes):
            names.add(node.node_info.id)
    return names


def with_ancestors(graph: Graph, name: str) -> set[str]:
    """A node and its ancestors."""
    names = {name}
    for node in reversed(graph.nodes):
        if node.node_info.id in names:
            names.update(node.upstream_nodes)
    return names


def disable_cache(graph: Graph, names: set[str]) -> None:
    """Exclude nodes from the cache."""
    for name in names:
        graph.node(name).execution_options.caching_options.enable_cache = False


def output_uris(handle: Any, execution: int) -> dict[str, list[str]]:
    """URIs of an execution's output artifacts, by output key."""
    outputs = execution_lib.get_output_artifacts(handle, execution)
    return {key: [artifact.uri for artifact in artifacts] for key, artifacts in outputs.items()}


def unrecorded_outputs(graph: Graph, handle: Any, execution: int, name: str) -> list[str]:
    """Output keys of a node for which the nodes after it will find no artifact in the store.

    They look for artifacts of the run's context, not of the execution.
    """
    outputs = execution_lib.get_output_artifacts(handle, execution)
    return [
        key
        for key in graph.node(name).outputs.outputs
        if not outputs.get(key)
        or not all(_has_context(handle, artifact.id) for artifact in outputs[key])
    ]


def _has_context(handle: Any, artifact: int) -> bool:
    try:
        return bool(handle.store.get_contexts_by_artifact(artifact))
    except errors.NotFoundError:
        return False
