"""The pipeline: wires the components, on a laptop and on a cluster alike."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from tfx import v1 as tfx
from tfx.components.schema_gen.import_schema_gen.component import ImportSchemaGen

from components.anomaly_gate.component import AnomalyGate
from components.bias_review.component import BiasReview, SplitChannels
from components.bias_review.run_info import ReviewProtocol
from components.epoch_choice.component import EpochChoice
from components.evaluator.component import Evaluator
from components.example_gen.component import FaceExampleGen
from components.faces.blazeface import weights_hash
from components.ingest.component import FaceIngest
from components.ingest.sources.registry import names_subjects, origin_of, vocabularies
from components.label_validator.component import LabelValidator
from components.pusher.component import Pusher
from components.statistics.component import StatisticsGen
from components.trainer.parameters import TrainerParameters
from components.trainer.tuning.component import Tuner
from components.transform import preprocessing
from pipelines.code_hash import code_hash
from pipelines.nodes import FoldSplit, node_id, plan_splits
from pipelines.run_context import RunContext
from schemas.config.blocks import Config, EvaluateConfig, ImagesConfig, LabelsConfig
from schemas.config.serialization import dump
from schemas.slices import needs_detector
from schemas.sweep import trial_base


def create_pipeline(config: Config, context: RunContext) -> tfx.dsl.Pipeline:
    """Wire all steps for one config."""
    splits = plan_splits(config.folds, context.folds)
    data = _data_steps(config, context)
    shared = _Shared(
        config, context, data["examples"], data["gate"], _transform(config, splits, data)
    )
    tuners = [_tuner(shared, splits[0])] if config.tune.trials else []
    best = tuners[0].outputs["best_hyperparameters"] if tuners else None
    trainers = {
        split: _trainer(shared, split.training, split.held_out, best).with_id(
            node_id("Trainer", split)
        )
        for split in splits
    }
    evaluators = {split: _evaluator(shared, split, trainers[split]) for split in splits}
    last = _last_steps(shared, trainers) if config.folds.cross_validation else {}
    trained = last["trainer"] if last else trainers[splits[0]]
    review = BiasReview(
        splits=[
            SplitChannels(
                evaluation=evaluators[split].outputs["evaluation"],
                model=trainers[split].outputs["model"],
            )
            for split in splits
        ],
        pushed=trained.outputs["model"],
        label_report=data["labels"].outputs["report"],
        image_report=data["examples"].outputs["report"],
        accepted=data["labels"].outputs["accepted"],
        image_rejects=data["examples"].outputs["rejects"],
        examples=data["examples"].outputs["examples"],
        config=dump(_reviewed(config)),
        protocol=dump(
            ReviewProtocol(
                held_out=tuple(split.held_out for split in splits),
                training=context.folds if last else splits[0].training,
                names_subjects=names_subjects(config.data),
            )
        ),
        data=context.fingerprint,
        directory=config.push.directory,
        code=code_hash("components.bias_review"),
    )
    pusher = Pusher(
        model=trained.outputs["model"],
        blessing=review.outputs["blessing"],
        page=review.outputs["page"],
        directory=config.push.directory,
        needs_approval=config.push.needs_approval,
        approval=context.approval,
        approvals=context.approvals,
        code=code_hash("components.pusher"),
    )
    models = [
        shared.transform,
        *tuners,
        *trainers.values(),
        *evaluators.values(),
        *last.values(),
    ]
    return tfx.dsl.Pipeline(
        pipeline_name=config.name,
        pipeline_root=context.root,
        components=[*data.values(), *models, review, pusher],
        metadata_connection_config=context.metadata,
        enable_cache=context.cache,
        beam_pipeline_args=list(context.beam_args),
    )


def _data_steps(config: Config, context: RunContext) -> dict[str, Any]:
    """The nodes from the sources to validated examples."""
    ingest = FaceIngest(
        sources=dump(_ingested(config)),
        fingerprint=context.fingerprint,
        code=code_hash("components.ingest"),
    )
    labels = LabelValidator(
        manifest=ingest.outputs["manifest"],
        labels=dump(config.labels),
        vocabularies=json.dumps(vocabularies(config), sort_keys=True),
        notes=json.dumps(context.notes),
        code=code_hash("components.label_validator"),
    )
    roots = {name: data.images for name, data in zip(config.source_names, config.data, strict=True)}
    examples = FaceExampleGen(
        manifest=labels.outputs["accepted"],
        label_report=labels.outputs["report"],
        images=dump(config.images),
        roots=json.dumps(roots),
        classes=config.labels.tables,
        folds=json.dumps(context.folds),
        max_reject_share=config.labels.max_reject_share,
        detector=weights_hash() if needs_detector(config) else "",
        code=code_hash("components.example_gen"),
    )
    statistics = StatisticsGen(
        examples=examples.outputs["examples"], code=code_hash("components.statistics")
    )
    schema = ImportSchemaGen(schema_file=context.schema_file)
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


class _Shared(NamedTuple):
    """Inputs of the nodes of every model."""

    config: Config
    context: RunContext
    examples: Any
    gate: Any
    transform: Any


def _transform(config: Config, splits: Sequence[FoldSplit], data: Mapping[str, Any]) -> Any:
    """The transform graph, one for all models."""
    # No transform needs an analysis yet. One would see the training folds alone; in a
    # cross-validation, where every fold is held out once, it would need a graph per model.
    analyzed = sorted({fold for split in splits for fold in split.training})
    return tfx.components.Transform(
        examples=data["examples"].outputs["examples"],
        schema=data["gate"].outputs["gated"],
        preprocessing_fn="components.transform.preprocessing.preprocessing_fn",
        materialize=False,
        disable_statistics=True,  # Nothing reads them, and they take a pass over all images.
        splits_config=tfx.proto.SplitsConfig(analyze=analyzed, transform=[]),
        custom_config={
            preprocessing.IMAGES: dump(config.images),
            preprocessing.TARGET: config.labels.target,
            preprocessing.CLASSES: config.labels.tables,
            preprocessing.INPUTS: list(config.train.net.inputs),
            preprocessing.CODE: code_hash("components.transform"),
        },
    )


def _tuner(shared: _Shared, split: FoldSplit) -> Any:
    """The Tuner of a sweep; a cross-validation has none."""
    config = shared.config
    inputs, parameters = _training(shared, split.training, split.held_out)
    parameters = replace(parameters, train=trial_base(config.train, config.tune))
    return Tuner(
        tuner_fn="components.trainer.tuning.tuner_fn.tuner_fn",
        **inputs,
        custom_config=parameters.to_custom_config(),
    )


def _last_steps(shared: _Shared, trainers: Mapping[FoldSplit, Any]) -> dict[str, Any]:
    """After a cross-validation: the choice of epochs, and the model of all folds, to be pushed."""
    choice = EpochChoice(
        models={split.name: trainer.outputs["model"] for split, trainer in trainers.items()},
        code=code_hash("components.epoch_choice"),
    )
    trainer = _trainer(shared, shared.context.folds, None, choice.outputs["hyperparameters"])
    return {"choice": choice, "trainer": trainer}


def _trainer(
    shared: _Shared,
    training: tuple[str, ...],
    held_out: tuple[str, ...] | None,
    hyperparameters: Any,
) -> Any:
    """A Trainer node, with the channel of the Tuner or EpochChoice, if any.

    `held_out` is None for the model of all folds.
    """
    inputs, parameters = _training(shared, training, held_out)
    return tfx.components.Trainer(
        run_fn="components.trainer.run_fn.run_fn",
        **inputs,
        hyperparameters=hyperparameters,
        custom_config=parameters.to_custom_config(),
    )


def _training(
    shared: _Shared, training: tuple[str, ...], held_out: tuple[str, ...] | None
) -> tuple[dict[str, Any], TrainerParameters]:
    """Inputs and parameters of a Trainer or a Tuner."""
    config, context = shared.config, shared.context
    inputs = {
        "examples": shared.examples.outputs["examples"],
        "transform_graph": shared.transform.outputs["transform_graph"],
        "schema": shared.gate.outputs["gated"],
        "train_args": tfx.proto.TrainArgs(splits=training),
        "eval_args": tfx.proto.EvalArgs(splits=training),  # Validation: subjects of these folds.
    }
    parameters = TrainerParameters(
        train=config.train,
        seed=config.seed,
        images=config.images,
        target=config.labels.target,
        classes=config.labels.tables,
        validation_share=config.folds.validation_share,
        held_out=held_out,
        origins=tuple(map(origin_of, config.data)),
        start_folder=context.start,
        checkpoints=context.checkpoints,
        weights_hash=context.weights_hash,
        code=code_hash("components.trainer"),
        tune=config.tune if config.tune.trials else None,
    )
    return inputs, parameters


def _evaluator(shared: _Shared, split: FoldSplit, trainer: Any) -> Any:
    evaluator = Evaluator(
        examples=shared.examples.outputs["examples"],
        model=trainer.outputs["model"],
        schema=shared.gate.outputs["gated"],
        evaluate=dump(EvaluateConfig(slices=shared.config.evaluate.slices)),
        heads=json.dumps(shared.config.heads),
        splits=json.dumps(split.held_out),
        code=code_hash("components.evaluator"),
    )
    return evaluator.with_id(node_id("Evaluator", split))


def _ingested(config: Config) -> Config:
    """The part of the config that FaceIngest reads, its cache key."""
    images = config.images
    limits = ImagesConfig(
        min_side=images.min_side,
        max_pixels=images.max_pixels,
        max_bytes=images.max_bytes,
        follow_links=images.follow_links,
        link_roots=images.link_roots,
    )
    compared = LabelsConfig(near_repeats="off" if config.labels.near_repeats == "off" else "report")
    return Config(config.name, config.data, labels=compared, images=limits)


def _reviewed(config: Config) -> Config:
    """The part of the config that BiasReview reads, its cache key.

    Without paths: its hash is in the review, which is the same wherever the data lie.
    """
    kept = ("name", "seed", "labels", "folds", "evaluate")
    return Config(
        **{name: getattr(config, name) for name in kept},
        data=tuple(replace(data, labels=None, images=None) for data in config.data),
        images=replace(config.images, link_roots=()),
    )
