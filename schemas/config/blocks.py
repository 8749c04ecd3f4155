"""The config as frozen dataclasses: every key, its type, its default and its range.

`schemas.config.train` holds the block `train`, `schemas.config.cluster` the block `kubeflow`;
`pipelines.config.load` reads a config from YAML. Values derived from a config are properties of
these classes.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Interval

from schemas.config.cluster import KubeflowConfig
from schemas.config.serialization import Block
from schemas.config.train import (
    Count,
    CountOrZero,
    Dropout,
    LearningRate,
    Share,
    TrainConfig,
)
from schemas.labels.classes import DEFAULT_RACES, class_tables, heads


@dataclass(frozen=True)
class ColumnsConfig(Block):
    """Columns of a `csv` source, by their names in its header; others are not read."""

    path: str | None = None  # Path of the image, relative to the image root; required.
    age: str | None = None
    gender: str | None = None
    race: str | None = None
    subject: str | None = None  # Person shown; null: each image is its own subject.
    photographer: str | None = None  # Null: the subject.
    fold: str | None = None  # Null: a stable hash of the photographer.


@dataclass(frozen=True)
class DataConfig(Block):
    """One source of labelled faces. Paths are absolute once the config is read."""

    dataset: str  # A key of SOURCES in components/ingest/sources/registry.py.
    labels: str | None = None  # A glob or a folder of label files; null: labels in file names.
    images: str | None = None  # The image root.
    synthetic: bool = False  # The faces are drawn or generated; the review says so.
    # adience: one of the authors' two sets of aligned faces; auto: the one in the image root.
    faces: Literal["auto", "landmark", "coarse_tilt"] = "auto"
    splits: Literal["hash", "keep"] = "hash"  # levi_hassner; keep: folds train, val and test.
    columns: ColumnsConfig = ColumnsConfig()  # csv.
    delimiter: str = ","  # csv.


@dataclass(frozen=True)
class LabelsConfig(Block):
    """Mapping of label texts to classes."""

    target: str = "age"  # A key of TARGETS in schemas/labels/classes.py.
    # Keys of POLICIES, AGE_TABLES and VOCABULARIES in schemas/labels/, or the content of a user's
    # YAML file as JSON (pipelines/config/custom_tables.py and custom_vocabulary.py).
    policy: str = "repaired"
    classes: str = "adience8"
    vocabulary: str | None = None  # Null: each source's own.
    races: str = DEFAULT_RACES  # A key of RACE_TABLES in schemas/labels/classes.py.
    partial: Literal["reject", "keep"] = "reject"
    # Copies of a picture at another scale or encoding; reject: all but the first of the rows.
    near_repeats: Literal["report", "reject", "off"] = "report"
    max_reject_share: Share = 0.5  # Without repeats; a run that rejects a larger share fails.

    @property
    def tables(self) -> str:
        """The class tables of all labels, as `schemas.labels.classes.class_names` takes them."""
        return class_tables(self.classes, self.races)


@dataclass(frozen=True)
class ImagesConfig(Block):
    """Conversion of an image to a stored face."""

    side: Annotated[int, Interval(ge=8, le=1024)] = 128  # Stored height and width, in pixels.
    fit: Literal["stretch", "pad", "crop"] = "stretch"  # Resize to the square.
    encoding: Literal["jpeg", "png", "raw"] = "jpeg"
    quality: Annotated[int, Interval(ge=1, le=100)] = 95  # JPEG quality.
    # Of the detected face. crop: to its box; eyes: turned and scaled to a template of the eyes.
    align: Literal["none", "crop", "eyes"] = "none"
    # Added on each side of the face, as a share of its side.
    margin: Annotated[float, Interval(ge=0.0, le=2.0)] = 0.4
    no_face: Literal["keep", "reject"] = "keep"  # keep: the whole image if no face is detected.
    min_side: Count = 16  # Pixels; an image with a shorter side is rejected.
    max_pixels: Count = 50_000_000  # Height x width by the header, before decoding.
    max_bytes: Count = 30_000_000
    follow_links: bool = False  # Links in the image root that end in it or in one of link_roots.
    link_roots: tuple[str, ...] = ()  # Folders.

    @property
    def links(self) -> tuple[str, ...] | None:
        """Folders beside the image root where a followed link may end; None: none is followed."""
        return self.link_roots if self.follow_links else None


@dataclass(frozen=True)
class FoldsConfig(Block):
    """Held-out folds, and the share of the training folds that validates."""

    # Held out of one model; `all`: cross-validation, one model a fold.
    test: Literal["all"] | tuple[str, ...] = ("fold_4",)
    # Share of the training folds' images, split by subject.
    validation_share: Annotated[float, Interval(ge=0.01, le=0.5)] = 0.1

    @property
    def cross_validation(self) -> bool:
        """Whether each fold is held out once, with a model of its own."""
        return self.test == "all"

    def held_out(self, folds: tuple[str, ...]) -> tuple[str, ...]:
        """The held-out folds, of all `folds` of the data."""
        return folds if self.test == "all" else self.test


@dataclass(frozen=True)
class TuneConfig(Block):
    """Hyperparameter sweep before the training: values to try; an empty list varies nothing.

    `schemas.sweep` plans the combinations.
    """

    trials: CountOrZero = 0  # Number of combinations to try; 0: no sweep.
    epochs: Count = 5  # Epochs of each trial, in place of train.epochs.
    learning_rate: tuple[LearningRate, ...] = ()  # Becomes train.learning_rate.
    dropout: tuple[Dropout, ...] = ()  # Becomes train.net.dropout.
    units: tuple[Count, ...] = ()  # Width of each dense layer before the heads: train.net.units.
    # Number of such layers; goes with `units`.
    layers: tuple[Annotated[int, Interval(ge=1, le=16)], ...] = ()


@dataclass(frozen=True)
class ThresholdsConfig(Block):
    """Shares in [0, 1] that the gate asks for; an accuracy of 0 is no condition."""

    accuracy: Share = 0.4  # Least one on the held-out folds.
    worst_group_accuracy: Share = 0.2  # Least one of every group large enough to judge.
    # Largest shortfall of a judged group: against the other faces of its slice, and against the
    # last pushed model on the same faces. null: no condition.
    gap: Share | None = None
    change: Share | None = None


Slice = str | tuple[str, ...]


@dataclass(frozen=True)
class EvaluateConfig(Block):
    """Reported groups, their smallest sizes for the gate, and the thresholds of the gate."""

    slices: tuple[Slice, ...] = ("fold", "gender", "age", ("gender", "age"))
    min_images: Count = 30
    min_subjects: Count = 5
    thresholds: ThresholdsConfig = ThresholdsConfig()
    # Of a model for which a rule is not decidable and none has failed.
    undecidable: Literal["refuse", "release"] = "refuse"
    # Faces of each judged group shown on the page, the most confident errors first.
    examples: Annotated[int, Interval(ge=0, le=20)] = 0


@dataclass(frozen=True)
class PushConfig(Block):
    """Destination of a blessed model."""

    directory: str = "serving_model"  # Relative to the run folder, absolute, or a URI.
    needs_approval: bool = False  # Push nothing before `facefold approve`.


@dataclass(frozen=True)
class BeamConfig(Block):
    """Runner of the Beam steps. Runners of a cluster alone take the last four keys."""

    runner: str = "direct"  # One of RUNNERS in pipelines/config/checks/beam_checks.py.
    # direct: processes of FaceExampleGen (other steps run in one); flink: parallelism.
    workers: Literal["auto"] | Annotated[int, Interval(ge=1, le=64)] = "auto"
    address: str | None = None  # host:port of Flink's master, or [local].
    # Path of the jar of Beam's Flink job server, or host:port of a job service that runs.
    job_server: str | None = None
    worker_pool: str | None = None  # host:port of the worker pool, seen from Flink.
    timeout: Annotated[float, Interval(gt=0)] | None = None  # Minutes without progress; null: 30.


# Environment variables that change no output, so they stay out of TFX's cache key: `beam.workers`
# for FaceExampleGen, and `beam.timeout` in minutes.
BEAM_WORKERS = "FACEFOLD_BEAM_WORKERS"
BEAM_TIMEOUT = "FACEFOLD_BEAM_TIMEOUT"
# The same of `dask.address` for FaceIngest; empty or unset: threads.
DASK_ADDRESS = "FACEFOLD_DASK_ADDRESS"


@dataclass(frozen=True)
class DaskConfig(Block):
    """Scheduler of the table computations."""

    address: str | None = None  # tcp://...; null: threads of this process.


@dataclass(frozen=True)
class Config(Block):
    """One experiment, as read from one YAML file and its overrides."""

    name: str
    data: tuple[DataConfig, ...]
    # Of initial weights, shuffling, validation split and bootstrap.
    seed: Annotated[int, Interval(ge=0, le=2**31 - 1)] = 0
    labels: LabelsConfig = LabelsConfig()
    images: ImagesConfig = ImagesConfig()
    folds: FoldsConfig = FoldsConfig()
    train: TrainConfig = TrainConfig()
    tune: TuneConfig = TuneConfig()
    evaluate: EvaluateConfig = EvaluateConfig()
    push: PushConfig = PushConfig()
    beam: BeamConfig = BeamConfig()
    dask: DaskConfig = DaskConfig()
    kubeflow: KubeflowConfig = KubeflowConfig()
    output: str = "runs"

    @property
    def heads(self) -> tuple[tuple[str, int], ...]:
        """(head name, number of classes) of each trained head."""
        return heads(self.labels.target, self.labels.tables)

    @property
    def source_names(self) -> tuple[str, ...]:
        """Name of each data source, the first part of its rows' keys.

        Sources of one dataset and image root share their name, as they show the same faces.
        """
        roots = [(data.dataset, data.images) for data in self.data]
        different = list(dict.fromkeys(roots))
        datasets = [dataset for dataset, _ in different]
        names = [
            dataset if datasets.index(dataset) == number else f"{dataset}.{number}"
            for number, dataset in enumerate(datasets)
        ]
        return tuple(names[different.index(root)] for root in roots)
