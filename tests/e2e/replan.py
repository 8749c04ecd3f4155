"""Print which nodes a run would run after each of several changes; run in a copy of the sources.

    python replan.py CONFIG OUTPUT SOURCES OVERRIDE...

Prints one JSON object: {change: [nodes that would run, whether the run would be answered without
TFX]}. Every change is undone before the next.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from pipelines.config.load import read_config
from pipelines.local import launch, reuse, unchanged
from pipelines.local.preflight import RunOptions, check_run
from pipelines.local.run_folder.layout import RunFolder
from pipelines.local.run_inputs import local_context

Change = Callable[[bytes], bytes]


@contextmanager
def changed(path: Path, change: Change) -> Iterator[None]:
    """Change a file's content, and restore content and times afterwards."""
    content, times = path.read_bytes(), path.stat()
    path.write_bytes(change(content))
    try:
        yield
    finally:
        path.write_bytes(content)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


class Replanned(NamedTuple):
    """What a run would do."""

    nodes: list[str]  # Nodes that TFX would not reuse.
    unchanged: bool  # Whether the run would be answered without TFX.


def replan(config_file: Path, folder: RunFolder, overrides: list[str]) -> Replanned:
    """Ask TFX's cache, and the record of the last whole run."""
    config = read_config(config_file, overrides)
    options = RunOptions()
    context = local_context(config, folder, check_run(config, options))
    key = unchanged.reuse_key(config, context, unchanged.installed_code())
    recorded = unchanged.find_results(folder, key, config.push.directory)
    task = launch.Task(config, options, folder, context, key, Path(), sys.stderr, 0.0)
    graph = launch.compile_run(task)
    reusable = reuse.find_reusable(graph, folder.artifacts, config.push.directory)
    return Replanned([name for name in graph.names if name not in reusable], recorded is not None)


def main() -> None:
    """Make each change in turn."""
    config_file, output, sources = map(Path, sys.argv[1:4])
    overrides = [*sys.argv[4:], f"output={output}"]
    folder = RunFolder(output / "demo")
    os.chdir(folder.path)
    data = config_file.parent
    comment: Change = lambda content: content + b"\n# One more line.\n"  # noqa: E731
    image = min(data.glob("faces/*/*.jpg"))
    files: dict[str, tuple[Path, Change]] = {
        "image": (image, lambda content: content),
        "label line": (
            data / "folds" / "fold_1_data.txt",
            lambda content: content.replace(b"\tf\t", b"\tm\t", 1),
        ),
        "schema": (sources / "schemas" / "tfdv" / "faces.pbtxt", comment),
        "code of bias_review": (sources / "components/bias_review/gate.py", comment),
        "code of evaluator": (sources / "components/evaluator/tfma_metrics.py", comment),
        "code of trainer": (sources / "components/trainer/data/augmentation.py", comment),
        "code of label_validator": (sources / "components/label_validator/checks.py", comment),
        "code of ingest": (sources / "components/ingest/images/image_index.py", comment),
        "code of example_gen": (sources / "components/example_gen/tfrecord.py", comment),
        "code of anomaly_gate": (sources / "components/anomaly_gate/anomalies.py", comment),
        "code of transform": (sources / "components/transform/preprocessing.py", comment),
        "code of decoding": (sources / "components/faces/decoding.py", comment),
        "code of cropping": (sources / "components/faces/align.py", comment),
        "code of the zoo's table": (sources / "schemas/zoo.py", comment),
        "code of pusher": (sources / "components/pusher/push.py", comment),
        "push of another model": (
            folder.path / "serving_model/.pushes/pushes.jsonl",
            lambda content: content + re.sub(rb'"model": "\w+"', b'"model": "other"', content),
        ),
        "code of demo": (sources / "pipelines/demo/paint.py", comment),
    }
    nodes = {"nothing": replan(config_file, folder, overrides)}
    for name, (path, change) in files.items():
        with changed(path, change):
            nodes[name] = replan(config_file, folder, overrides)
    for setting in (
        "train.learning_rate=0.5",
        "images.quality=50",
        "labels.policy=strict",
        "push.directory=elsewhere",
        "evaluate.min_images=9",
        "beam.workers=2",
    ):
        nodes[setting] = replan(config_file, folder, [*overrides, setting])
    [model] = folder.artifacts.glob("Trainer/model/*/Format-Serving/saved_model.pb")
    model.rename(model.with_suffix(".away"))
    nodes["lost model"] = replan(config_file, folder, overrides)
    model.with_suffix(".away").rename(model)
    [served] = folder.path.glob("serving_model/1/saved_model.pb")
    served.rename(served.with_suffix(".away"))
    nodes["lost version"] = replan(config_file, folder, overrides)
    served.with_suffix(".away").rename(served)
    nodes["nothing again"] = replan(config_file, folder, overrides)
    sys.stdout.write(json.dumps(nodes) + "\n")


if __name__ == "__main__":
    main()
