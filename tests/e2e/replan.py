"""Print which nodes a run would run after each of several changes; run in a copy of the sources.

    python replan.py CONFIG OUTPUT SOURCES OVERRIDE...

Prints one JSON object: {change: [nodes that would run]}. Every change is undone before the next.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.config.load import read_config
from pipelines.local import launch, reuse
from pipelines.local.preflight import RunOptions, check_run
from pipelines.local.run_folder.layout import RunFolder

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


def would_run(config_file: Path, folder: RunFolder, overrides: list[str]) -> list[str]:
    """Nodes that would not be reused."""
    config = read_config(config_file, overrides)
    options = RunOptions()
    task = launch.Task(config, options, folder, check_run(config, options), Path(), sys.stderr, 0.0)
    graph = launch.compile_run(task)
    reusable = reuse.find_reusable(graph, folder.artifacts)
    return [name for name in graph.names if name not in reusable]


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
        "code of demo": (sources / "pipelines/demo/paint.py", comment),
    }
    nodes = {"nothing": would_run(config_file, folder, overrides)}
    for name, (path, change) in files.items():
        with changed(path, change):
            nodes[name] = would_run(config_file, folder, overrides)
    for setting in (
        "train.learning_rate=0.5",
        "images.quality=50",
        "labels.policy=strict",
        "push.directory=elsewhere",
        "evaluate.min_images=9",
        "beam.workers=2",
    ):
        nodes[setting] = would_run(config_file, folder, [*overrides, setting])
    [model] = folder.artifacts.glob("Trainer/model/*/Format-Serving/saved_model.pb")
    model.rename(model.with_suffix(".away"))
    nodes["lost model"] = would_run(config_file, folder, overrides)
    model.with_suffix(".away").rename(model)
    sys.stdout.write(json.dumps(nodes) + "\n")


if __name__ == "__main__":
    main()
