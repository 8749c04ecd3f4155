"""Reusable nodes of a run, looked up in TFX's cache without executing anything."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tfx.dsl.io import fileio
from tfx.orchestration import data_types_utils
from tfx.orchestration.portable import cache_utils, inputs_utils, outputs_utils

from components.pusher.push import is_current
from pipelines.local.graph import Graph
from pipelines.local.last_push import is_current_review
from pipelines.local.run_folder import file_manifest

Artifacts = Mapping[str, list[Any]]  # Output key to artifacts.


def find_reusable(graph: Graph, artifacts_root: Path, push_to: str) -> dict[str, Artifacts]:
    """Nodes whose cached outputs are complete, with those outputs.

    A node is reusable if its upstream nodes are, its cache key is known and its files match their
    manifest; BiasReview, if it compares with the last pushed model; the Pusher, if its version is
    the one that is served. `push_to` is push.directory.
    """
    reusable: dict[str, Artifacts] = {}
    with graph.store() as handle:
        for node in graph.nodes:
            if not all(upstream in reusable for upstream in node.upstream_nodes):
                continue
            cached = _look_up(graph, node, reusable, handle)
            name = node.node_info.id
            if (
                cached is not None
                and file_manifest.matches(
                    artifacts_root, [artifact.uri for each in cached.values() for artifact in each]
                )
                and (name != "BiasReview" or is_current_review(cached["page"][0].uri, push_to))
            ):
                reusable[name] = cached
    if "Pusher" in reusable and not is_current(reusable["Pusher"]["pushed"][0].uri, fileio):
        del reusable["Pusher"]
    return reusable


def _look_up(graph: Graph, node: Any, reusable: Mapping[str, Artifacts], handle: Any) -> Any:
    """Cached outputs of one node, None if there are none."""
    if not node.execution_options.caching_options.enable_cache:
        return None
    inputs = {
        key: [
            artifact
            for channel in spec.channels
            for artifact in reusable[channel.producer_node_query.id][channel.output_key]
        ]
        for key, spec in node.inputs.inputs.items()
    }
    parameters = data_types_utils.build_parsed_value_dict(
        inputs_utils.resolve_parameters_with_schema(node_parameters=node.parameters)
    )
    outputs = outputs_utils.OutputsResolver(
        node, graph.ir.pipeline_info, graph.ir.runtime_spec
    ).generate_output_artifacts(0)
    context = cache_utils.get_cache_context(
        metadata_handle=handle,
        pipeline_node=node,
        pipeline_info=graph.ir.pipeline_info,
        executor_spec=graph.executor_spec(node.node_info.id),
        input_artifacts=inputs,
        output_artifacts=outputs,
        parameters=parameters,
    )
    return cache_utils.get_cached_outputs(metadata_handle=handle, cache_context=context)
