"""The compiled pipeline (TFX's IR), node by node, and the store it runs on."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tfx.dsl.compiler import compiler, constants
from tfx.orchestration import metadata
from tfx.orchestration.local import runner_utils
from tfx.orchestration.portable import launcher, runtime_parameter_utils
from tfx.proto.orchestration import pipeline_pb2

Uris = dict[str, list[str]]  # Output key to the folders of its artifacts.


@dataclass(frozen=True)
class Graph:
    """A pipeline ready to launch."""

    ir: pipeline_pb2.Pipeline
    deployment: Any  # LocalDeploymentConfig.
    connection: Any  # Of the MLMD store.

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
        """What runs a node."""
        return runner_utils.extract_executor_spec(self.deployment, name)

    def launch(self, name: str) -> int:
        """Run one node, or take it from the cache; gives its execution id."""
        found = launcher.Launcher(
            pipeline_node=self.node(name),
            mlmd_connection=metadata.Metadata(self.connection),
            pipeline_info=self.ir.pipeline_info,
            pipeline_runtime_spec=self.ir.runtime_spec,
            executor_spec=self.executor_spec(name),
            custom_driver_spec=runner_utils.extract_custom_driver_spec(self.deployment, name),
        ).launch()
        return int(found.execution_id)

    def store(self) -> Any:
        """The MLMD store, as a context manager."""
        return metadata.Metadata(self.connection)


def compile_graph(pipeline: Any) -> Graph:
    """Compile a tfx Pipeline for one run that begins now."""
    ir = compiler.Compiler().compile(pipeline)
    runtime_parameter_utils.substitute_runtime_parameter(
        ir,
        {constants.PIPELINE_RUN_ID_PARAMETER_NAME: datetime.datetime.now(datetime.UTC).isoformat()},
    )
    deployment = runner_utils.extract_local_deployment_config(ir)
    config = deployment.metadata_connection_config
    return Graph(ir, deployment, getattr(config, config.WhichOneof("connection_config")))


def with_descendants(graph: Graph, name: str) -> set[str]:
    """A node and all that follows from it."""
    found = {name}
    for node in graph.nodes:
        if found & set(node.upstream_nodes):
            found.add(node.node_info.id)
    return found


def with_ancestors(graph: Graph, name: str) -> set[str]:
    """A node and all that it follows from."""
    found = {name}
    for node in reversed(graph.nodes):
        if node.node_info.id in found:
            found.update(node.upstream_nodes)
    return found


def disable_cache(graph: Graph, names: set[str]) -> None:
    """Make nodes run, whatever the cache holds."""
    for name in names:
        graph.node(name).execution_options.caching_options.enable_cache = False


def output_uris(store: Any, execution: int) -> Uris:
    """What an execution put out, by output key."""
    uris: dict[str, list[str]] = {}
    for key, artifact in _outputs(store, execution):
        uris.setdefault(key, []).append(artifact.uri)
    return uris


def _outputs(store: Any, execution: int) -> Iterator[tuple[str, Any]]:
    events = [
        event
        for event in store.get_events_by_execution_ids([execution])
        if event.type == event.Type.OUTPUT
    ]
    artifacts: Mapping[int, Any] = {
        artifact.id: artifact
        for artifact in store.get_artifacts_by_id([event.artifact_id for event in events])
    }
    for event in events:
        yield event.path.steps[0].key, artifacts[event.artifact_id]
