"""What the pipeline costs beside the bare work of its stages, on the drawn demo data, one epoch.

    python -m tests.benchmarks.overhead CONFIG OUTPUT

Runs `facefold run --no-cache` once, then each stage's work again as plain calls in one process,
without TFX, MLMD, Beam, TFDV and TFMA, and prints both beside each other.
"""

import re
import subprocess
import sys
import time
from functools import cached_property
from pathlib import Path
from typing import Any

import tensorflow as tf
import tensorflow_transform as tft

from components.bias_review.output.html import render
from components.bias_review.review import review
from components.bias_review.run_info import RunInfo
from components.example_gen.face_features import ReadOptions, read_face
from components.example_gen.tfrecord import to_example, write_records
from components.trainer.data.dataset import Faces
from components.trainer.data.job import TrainingJob
from components.trainer.models.spec import ModelSpec
from components.trainer.saved_model import ServedModel, export, plain_copy
from components.trainer.training import fit
from pipelines.config.load import read_config
from schemas import parquet, prediction_table
from schemas.errors import ImageError
from schemas.labels.classes import class_names
from tests.components.ingest.small_data import build_manifest
from tests.components.label_validator.small_manifest import validate

EPOCHS = "train.epochs=1"


class Bare:
    """The stages as plain calls; each takes what the one before it made."""

    def __init__(self, config_file: Path, run: Path) -> None:
        self.config = read_config(config_file, [EPOCHS])
        if self.config.folds.cross_validation:
            raise SystemExit(f"{config_file}: folds.test is 'all', expected named folds.")
        self.held_out = self.config.folds.held_out(())
        self.run = run
        self.spec = ModelSpec(self.config.images.side, self.config.heads, self.config.seed)
        self.model = str(run / "bench" / "model")
        self.manifest: Any = None
        self.accepted: Any = None

    def newest(self, artifact: str) -> Path:
        """The folder that the pipeline's run left."""
        return max(self.run.glob(f"artifacts/{artifact}/*"), key=lambda path: int(path.name))

    @cached_property
    def names(self) -> dict[str, tuple[str, ...]]:
        """Class names of each head."""
        table = self.config.labels.tables
        return {head: class_names(head, table) for head, _ in self.config.heads}

    def files(self, *, held_out: bool) -> list[str]:
        """Shards of the training folds, or of the held-out ones."""
        folder = self.newest("FaceExampleGen/examples")
        splits = {f"Split-{fold}" for fold in self.held_out}
        found = sorted(folder.glob("Split-*/*.gz"))
        return [str(path) for path in found if (path.parent.name in splits) == held_out]

    def ingest(self) -> None:
        """FaceIngest."""
        self.manifest = build_manifest(self.config.data, self.config.source_names)

    def label(self) -> None:
        """LabelValidator."""
        self.accepted = validate(self.manifest, self.config.labels).accepted

    def write(self) -> None:
        """FaceExampleGen."""
        roots = dict(
            zip(
                self.config.source_names,
                (data.images or "" for data in self.config.data),
                strict=True,
            )
        )
        reading = ReadOptions(self.config.images, roots, self.config.labels.tables)
        faces = []
        for row in self.accepted.to_pylist():
            try:
                faces.append(to_example(read_face(row, reading)))
            except ImageError:
                continue
        write_records(str(self.run / "bench" / "faces.gz"), faces)

    def train(self) -> None:
        """Trainer."""
        job = TrainingJob(
            self.config.train,
            self.spec,
            Faces(self.files(held_out=False), None),
            Faces(self.files(held_out=True), None),
            self.config.folds.validation_share,
        )
        graph = tft.TFTransformOutput(str(self.newest("Transform/transform_graph")))
        fitted = fit.fit(job, graph, str(self.run / "bench" / "curves"))
        plain = plain_copy(self.config.train.model, self.spec, fitted.model)
        export(ServedModel(plain, graph, self.config.images, self.names), self.model)

    def evaluate(self) -> None:
        """Evaluator: every held-out face through the served model."""
        served = tf.saved_model.load(self.model).signatures["serving_default"]
        for batch in tf.data.TFRecordDataset(self.files(held_out=True), "GZIP").batch(64):
            served(examples=batch)

    def judge(self) -> None:
        """BiasReview."""
        with (self.newest("Evaluator/evaluation") / prediction_table.PREDICTIONS_FILE).open(
            "rb"
        ) as file:
            table = parquet.read_table(file)
        run_info = RunInfo(
            name=self.config.name, model=self.config.train.model, parameters=None,
            side=self.spec.side, target=self.config.labels.target,
            policy=self.config.labels.policy, datasets=("adience",),
            names_subjects=True, held_out=self.held_out, training=(),
        )  # fmt: skip
        render(review([table], run_info, self.config.evaluate, self.names, self.config.seed))


STAGES = {
    "FaceIngest": Bare.ingest,
    "LabelValidator": Bare.label,
    "FaceExampleGen": Bare.write,
    "Trainer": Bare.train,
    "Evaluator": Bare.evaluate,
    "BiasReview": Bare.judge,
}


def run_pipeline(config: Path, output: Path) -> tuple[float, dict[str, float]]:
    """Seconds of the whole process, and of each node."""
    words = ["run", str(config), EPOCHS, f"output={output}", "--no-cache"]
    began = time.perf_counter()
    run = subprocess.run(
        [sys.executable, "-m", "pipelines", *words], capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - began
    if run.returncode not in (0, 3):
        raise SystemExit(run.stderr)
    found = re.findall(r"^(\w+) +done +([\d.]+) s$", run.stdout, re.MULTILINE)
    return seconds, {name: float(value) for name, value in found}


def line(name: str, spent: float, bare: float) -> str:
    """One line of the table, in seconds."""
    return f"{name:<18}{spent:>10.1f}{bare:>10.1f}{spent - bare:>10.1f}\n"


def main() -> None:
    """Print the table."""
    config, output = Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute()
    whole, nodes = run_pipeline(config, output)
    bare = Bare(config, output / "demo")
    seconds = dict.fromkeys(nodes, 0.0)
    for name, work in STAGES.items():
        began = time.perf_counter()
        work(bare)
        seconds[name] = time.perf_counter() - began
    table = f"{'seconds':<18}{'pipeline':>10}{'bare':>10}{'beside':>10}\n"
    table += "".join(line(name, nodes[name], seconds[name]) for name in nodes)
    table += line("start and end", whole - sum(nodes.values()), 0.0)
    table += line("whole run", whole, sum(seconds.values()))
    sys.stdout.write(table)


if __name__ == "__main__":
    main()
