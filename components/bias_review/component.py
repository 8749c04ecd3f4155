"""BiasReview: the held-out predictions to one page and one verdict."""

import json
import os
from typing import Any

from tfx import v1 as tfx
from tfx.dsl.io import fileio
from tfx.utils import path_utils

from components.bias_review.facts import ReviewFacts
from components.bias_review.report import render
from components.bias_review.review import review
from components.bias_review.sweeps import sweep_notes
from schemas import records
from schemas.accounting import Account
from schemas.artifacts import ImageReport, LabelReport, ReviewPage
from schemas.blessing import bless, is_blessed
from schemas.classes import class_names, heads, table_name
from schemas.config import Config
from schemas.evaluation import FACTS_FILE
from schemas.reasons import STAGE_IMAGES, STAGE_LABELS
from schemas.typed import load


def _read_json(folder: str, name: str) -> dict[str, Any]:
    with fileio.open(os.path.join(folder, name)) as file:
        content: dict[str, Any] = json.loads(file.read())
    return content


def _account(stage: str, report: dict[str, Any]) -> Account:
    return Account(stage, report["rows"], report["accepted"], report["rejected"])


@tfx.dsl.components.component
def BiasReview(  # noqa: N802, PLR0913 - TFX components read as classes and take channels apart.
    evaluation: tfx.dsl.components.InputArtifact[tfx.types.standard_artifacts.ModelEvaluation],
    evaluator_blessing: tfx.dsl.components.InputArtifact[
        tfx.types.standard_artifacts.ModelBlessing
    ],
    model: tfx.dsl.components.InputArtifact[tfx.types.standard_artifacts.Model],
    label_report: tfx.dsl.components.InputArtifact[LabelReport],
    image_report: tfx.dsl.components.InputArtifact[ImageReport],
    page: tfx.dsl.components.OutputArtifact[ReviewPage],
    blessing: tfx.dsl.components.OutputArtifact[tfx.types.standard_artifacts.ModelBlessing],
    config: tfx.dsl.components.Parameter[str],
    protocol: tfx.dsl.components.Parameter[str],
    code: tfx.dsl.components.Parameter[str],  # noqa: ARG001 - part of the cache key.
) -> None:
    """Write the page, and bless if the evaluation, this gate and the Evaluator all say so.

    `config` is the part of the Config that the page tells, `protocol` the `training` folds and
    whether the data name subjects (`names_subjects`), both as JSON; `code` is the hash of the
    sources behind this step.
    """
    settings = load(Config, config)
    told = json.loads(protocol)
    labels = _read_json(label_report.uri, records.REPORT_FILE)
    training = _read_json(path_utils.serving_model_path(model.uri), FACTS_FILE)
    facts = ReviewFacts(
        run=settings.name,
        model=training["model"],
        parameters=training["parameters"],
        side=settings.images.side,
        target=settings.labels.target,
        policy=table_name(settings.labels.policy),
        datasets=tuple(source.dataset for source in settings.data),
        held_out=settings.folds.test,
        training=tuple(told["training"]),
        names_subjects=told["names_subjects"],
        evaluator_blessed=is_blessed(evaluator_blessing, fileio),
        accounting=(
            _account(STAGE_LABELS, labels),
            _account(STAGE_IMAGES, _read_json(image_report.uri, records.REPORT_FILE)),
        ),
        notes=(*labels["notes"], _training_note(training), *sweep_notes(training)),
    )
    with fileio.open(os.path.join(evaluation.uri, records.PREDICTIONS_FILE), "rb") as file:
        predictions = records.read_table(file)
    names = {
        head: class_names(head, settings.labels.classes)
        for head, _ in heads(settings.labels.target, settings.labels.classes)
    }
    found = review([predictions], facts, settings.evaluate, names, settings.seed)
    fileio.makedirs(page.uri)
    for name, text in render(found).items():
        with fileio.open(os.path.join(page.uri, name), "wb") as file:
            file.write(text.encode())
    bless(blessing, fileio, blessed=found.verdict.blessed)


def _training_note(training: dict[str, Any]) -> str:
    return (
        f"trained on {training['training_images']} images of {training['training_subjects']} "
        f"subjects, best epoch {training['best_epoch']} of {training['epochs_run']} chosen on "
        f"{training['validation_images']} images of {training['validation_subjects']} other "
        "subjects of the training folds"
    )
