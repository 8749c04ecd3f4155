"""The one pipeline. It only wires: what a step does stands in its component folder."""

import json
import os
from dataclasses import dataclass
from typing import Any

from tfx import v1 as tfx
from tfx.components.schema_gen.import_schema_gen.component import ImportSchemaGen

from components.anomaly_gate.component import AnomalyGate
from components.bias_review.component import BiasReview
from components.evaluator.component import Evaluator
from components.example_gen.component import FaceExampleGen
from components.ingest.component import FaceIngest
from components.ingest.sources import names_subjects
from components.label_validator.component import LabelValidator
from components.pusher.component import Pusher
from components.trainer import run_fn
from components.transform import preprocessing
from pipelines.code_hash import code_hash
from pipelines.nodes import UNFINISHED
from schemas.config import Config, ImagesConfig
from schemas.typed import dump


@dataclass(frozen=True)
class Surroundings:
    """What differs between a laptop and a cluster, and what was found out before the run."""

    root: str  # Where artifacts go.
    schema_file: str  # The curated schema; its path changes with its content.
    fingerprint: str  # What the sources look like; empty where nobody can look.
    notes: tuple[str, ...]  # What the label report says of the sources.
    folds: tuple[str, ...]  # All folds of the data.
    beam_args: tuple[Any, ...]
    weights_hash: str = ""  # Content of train.weights, where it is set and can be read.
    metadata: Any = None  # Connection of the MLMD store; the cluster has its own.
    cache: bool = True

    def training_folds(self, config: Config) -> list[str]:
        """The folds that are not held out."""
        return [fold for fold in self.folds if fold not in config.folds.test]


def create_pipeline(config: Config, around: Surroundings) -> tfx.dsl.Pipeline:
    """Wire all steps for one config."""
    data = _data_steps(config, around)
    gate = data["gate"]
    model = _model_steps(config, around, data["examples"], gate)
    review = BiasReview(
        evaluation=model["evaluator"].outputs["evaluation"],
        evaluator_blessing=model["evaluator"].outputs["blessing"],
        model=model["trainer"].outputs["model"],
        label_report=data["labels"].outputs["report"],
        image_report=data["examples"].outputs["report"],
        config=dump(_reviewed(config)),
        protocol=json.dumps(
            {
                "training": around.training_folds(config),
                "names_subjects": names_subjects(config.data),
            }
        ),
        code=code_hash("components.bias_review"),
    )
    pusher = Pusher(
        model=model["trainer"].outputs["model"],
        blessing=review.outputs["blessing"],
        directory=config.push.directory,
        code=code_hash("components.pusher"),
    )
    return tfx.dsl.Pipeline(
        pipeline_name=config.name,
        pipeline_root=around.root,
        components=[*data.values(), *model.values(), review, pusher],
        metadata_connection_config=around.metadata,
        enable_cache=around.cache,
        beam_pipeline_args=list(around.beam_args),
    )


def _data_steps(config: Config, around: Surroundings) -> dict[str, Any]:
    """From sources to examples that keep the schema."""
    ingest = FaceIngest(
        sources=dump(_ingested(config)),
        fingerprint=around.fingerprint,
        code=code_hash("components.ingest"),
    )
    labels = LabelValidator(
        manifest=ingest.outputs["manifest"],
        labels=dump(config.labels),
        notes=json.dumps(around.notes),
        code=code_hash("components.label_validator"),
    )
    roots = {name: data.images for name, data in zip(config.source_names, config.data, strict=True)}
    examples = FaceExampleGen(
        manifest=labels.outputs["accepted"],
        label_report=labels.outputs["report"],
        images=dump(config.images),
        roots=json.dumps(roots),
        classes=config.labels.classes,
        folds=json.dumps(around.folds),
        max_reject_share=config.labels.max_reject_share,
        code=code_hash("components.example_gen"),
    )
    statistics = tfx.components.StatisticsGen(examples=examples.outputs["examples"])
    schema = ImportSchemaGen(schema_file=around.schema_file)
    validator = tfx.components.ExampleValidator(
        statistics=statistics.outputs["statistics"], schema=schema.outputs["schema"]
    )
    gate = AnomalyGate(
        anomalies=validator.outputs["anomalies"],
        schema=schema.outputs["schema"],
        code=code_hash("components.anomaly_gate"),
    )
    return {
        "ingest": ingest,
        "labels": labels,
        "examples": examples,
        "statistics": statistics,
        "schema": schema,
        "validator": validator,
        "gate": gate,
    }


def _model_steps(config: Config, around: Surroundings, examples: Any, gate: Any) -> dict[str, Any]:
    """From examples to an evaluated model."""
    training = around.training_folds(config)
    transform = tfx.components.Transform(
        examples=examples.outputs["examples"],
        schema=gate.outputs["gated"],
        preprocessing_fn="components.transform.preprocessing.preprocessing_fn",
        materialize=False,
        # The graph analyses nothing today; what it will analyse is training folds alone.
        splits_config=tfx.proto.SplitsConfig(analyze=training, transform=[]),
        custom_config={
            preprocessing.IMAGES: dump(config.images),
            preprocessing.TARGET: config.labels.target,
            preprocessing.CLASSES: config.labels.classes,
            preprocessing.CODE: code_hash("components.transform"),
        },
    )
    trainer = tfx.components.Trainer(
        run_fn="components.trainer.run_fn.run_fn",
        examples=examples.outputs["examples"],
        transform_graph=transform.outputs["transform_graph"],
        schema=gate.outputs["gated"],
        train_args=tfx.proto.TrainArgs(splits=training),
        eval_args=tfx.proto.EvalArgs(splits=training),  # Validation: subjects of these folds.
        custom_config={
            run_fn.TRAIN: dump(config.train),
            run_fn.SEED: config.seed,
            run_fn.IMAGES: dump(config.images),
            run_fn.TARGET: config.labels.target,
            run_fn.CLASSES: config.labels.classes,
            run_fn.VALIDATION_SHARE: config.folds.validation_share,
            run_fn.HELD_OUT: list(config.folds.test),
            run_fn.CODE: code_hash("components.trainer"),
            run_fn.WEIGHTS: around.weights_hash,
            run_fn.BACKUPS: os.path.join(around.root, UNFINISHED),
        },
    )
    evaluator = Evaluator(
        examples=examples.outputs["examples"],
        model=trainer.outputs["model"],
        schema=gate.outputs["gated"],
        evaluate=dump(config.evaluate),
        heads=json.dumps(config.heads),
        splits=json.dumps(config.folds.test),
        code=code_hash("components.evaluator"),
    )
    return {"transform": transform, "trainer": trainer, "evaluator": evaluator}


def _ingested(config: Config) -> Config:
    """The part of the config that the ingest reads: nothing else may make it run again."""
    limits = ImagesConfig(max_bytes=config.images.max_bytes)
    return Config(config.name, config.data, images=limits, dask=config.dask)


def _reviewed(config: Config) -> Config:
    """The part of the config that the review tells: nothing else may make it run again."""
    kept = ("name", "data", "seed", "labels", "images", "folds", "evaluate")
    return Config(**{name: getattr(config, name) for name in kept})
