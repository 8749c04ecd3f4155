"""The config as frozen dataclasses: every key, its type, its default and its range.

The block `train` stands in `schemas.config.train`. `pipelines.config.load` reads them from YAML.
What is derived is computed here and nowhere else.
"""

from dataclasses import dataclass
from typing import Literal

from schemas.config.serialization import number, numbers
from schemas.config.train import TrainConfig
from schemas.labels.classes import heads


@dataclass(frozen=True)
class ColumnsConfig:
    """The columns of a `csv` source, by their names in its header; those not named are not read."""

    path: str | None = None  # Of the image, relative to the image root; it must be named.
    age: str | None = None
    gender: str | None = None
    race: str | None = None
    subject: str | None = None  # Who is shown; else each image is its own subject.
    photographer: str | None = None  # Whose photo it is; else the subject.
    fold: str | None = None  # Else a stable hash of the photographer.


@dataclass(frozen=True)
class DataConfig:
    """One source of labelled faces. Paths are absolute once the config is read."""

    dataset: str  # A key of SOURCES in components/ingest/sources/registry.py.
    labels: str | None = None  # A glob, or a folder of label files; none where names are labels.
    images: str | None = None  # The image root.
    # adience: which of the authors' two sets of aligned faces; auto: the one in the image root.
    faces: Literal["auto", "landmark", "coarse_tilt"] = "auto"
    splits: Literal["hash", "keep"] = "hash"  # levi_hassner; keep: folds train, val and test.
    columns: ColumnsConfig = ColumnsConfig()  # csv.
    delimiter: str = ","  # csv.


@dataclass(frozen=True)
class LabelsConfig:
    """How label texts become classes."""

    target: str = "age"  # A key of TARGETS in schemas/labels/classes.py.
    # Keys of POLICIES in schemas/labels/policies.py and AGE_TABLES in schemas/labels/classes.py,
    # or the content of a user's YAML file (pipelines/config/custom_tables.py).
    policy: str = "repaired"
    classes: str = "adience8"
    partial: Literal["reject", "keep"] = "reject"
    max_reject_share: float = number(0.5, 0.0, 1.0)  # A run that rejects a larger share fails.


@dataclass(frozen=True)
class ImagesConfig:
    """How an image becomes a stored face."""

    side: int = number(128, 8, 1024)  # Stored height and width, in pixels.
    fit: Literal["stretch", "pad", "crop"] = "stretch"  # Into the square.
    encoding: Literal["jpeg", "png", "raw"] = "jpeg"
    quality: int = number(95, 1, 100)  # JPEG quality.
    align: Literal["none", "crop"] = "none"  # crop: to the detected face.
    margin: float = number(0.4, 0.0, 2.0)  # Share of the face's side added on each side.
    no_face: Literal["keep", "reject"] = "keep"  # Where none is detected: the whole picture.
    min_side: int = number(16, 1)  # Pixels; a source with a shorter side is rejected.
    max_pixels: int = number(50_000_000, 1)  # Height x width by the header, before decoding.
    max_bytes: int = number(30_000_000, 1)


@dataclass(frozen=True)
class FoldsConfig:
    """Which folds are held out, and what share of the others' subjects validates."""

    # Those of one model; `all`: each fold in turn, with a model of its own (cross-validation).
    test: Literal["all"] | tuple[str, ...] = ("fold_4",)
    validation_share: float = number(0.1, 0.01, 0.5)  # Share of the training folds' images.

    @property
    def crossed(self) -> bool:
        """Whether each fold is held out in turn."""
        return self.test == "all"

    def held_out(self, folds: tuple[str, ...]) -> tuple[str, ...]:
        """The folds held out, of all `folds` of the data."""
        return folds if self.test == "all" else self.test


@dataclass(frozen=True)
class TuneConfig:
    """A sweep before the training: the values to try, each list empty where nothing is varied.

    `schemas.sweep` says which combinations of them are tried, and checks them.
    """

    trials: int = number(0, 0)  # How many combinations; 0: no sweep.
    epochs: int = number(5, 1)  # Of each trial, in place of train.epochs.
    learning_rate: tuple[float, ...] = numbers(1.0e-8, 10.0)  # Becomes train.learning_rate.
    dropout: tuple[float, ...] = numbers(0.0, 0.95)  # Becomes train.net.dropout.
    units: tuple[int, ...] = numbers(1)  # Of each dense layer before the heads: train.net.units.
    layers: tuple[int, ...] = numbers(1, 16)  # How many such layers; goes with `units`.


@dataclass(frozen=True)
class ThresholdsConfig:
    """The gate: a model below one of these is not blessed. Accuracies in [0, 1]."""

    accuracy: float = number(0.4, 0.0, 1.0)  # On the held-out folds.
    worst_group_accuracy: float = number(0.2, 0.0, 1.0)  # Of every group large enough to judge.


Slice = str | tuple[str, ...]


@dataclass(frozen=True)
class EvaluateConfig:
    """Which groups are reported, which are large enough to be judged, and the gate."""

    slices: tuple[Slice, ...] = ("fold", "gender", "age", ("gender", "age"))
    min_images: int = number(30, 1)
    min_subjects: int = number(5, 1)
    thresholds: ThresholdsConfig = ThresholdsConfig()


@dataclass(frozen=True)
class PushConfig:
    """Where a blessed model goes."""

    directory: str = "serving_model"  # In the run folder, unless absolute or a URI.


@dataclass(frozen=True)
class BeamConfig:
    """Where Beam steps run. `flink` needs the last three, which no other runner reads."""

    runner: str = "direct"  # One of RUNNERS in pipelines/config/checks/data_checks.py.
    # direct: processes of FaceExampleGen, all other steps have one; flink: parallelism.
    workers: Literal["auto"] | int = number("auto", 1, 64)  # type: ignore[arg-type] # or a count
    address: str | None = None  # host:port of Flink's master.
    job_server: str | None = None  # Path of the jar that hands Beam's jobs to Flink.
    worker_pool: str | None = None  # host:port, as Flink's workers see it: runs our Python there.


# The environment variable that hands `beam.workers` to FaceExampleGen: it changes no byte, and
# TFX's cache does not see the environment.
BEAM_WORKERS = "FACEFOLD_BEAM_WORKERS"


@dataclass(frozen=True)
class DaskConfig:
    """Where the tables are computed."""

    address: str | None = None  # None: inside the process, on threads.


@dataclass(frozen=True)
class Config:
    """One experiment, as read from one YAML file and its overrides."""

    name: str
    data: tuple[DataConfig, ...]
    seed: int = number(0, 0, 2**31 - 1)  # Initial weights, shuffling, validation split, bootstrap.
    labels: LabelsConfig = LabelsConfig()
    images: ImagesConfig = ImagesConfig()
    folds: FoldsConfig = FoldsConfig()
    train: TrainConfig = TrainConfig()
    tune: TuneConfig = TuneConfig()
    evaluate: EvaluateConfig = EvaluateConfig()
    push: PushConfig = PushConfig()
    beam: BeamConfig = BeamConfig()
    dask: DaskConfig = DaskConfig()
    output: str = "runs"

    @property
    def heads(self) -> tuple[tuple[str, int], ...]:
        """(head name, number of classes) of each head that is trained."""
        return heads(self.labels.target, self.labels.classes)

    @property
    def source_names(self) -> tuple[str, ...]:
        """A name of each data source, the first part of its rows' keys.

        Sources of the same layout and image root share it: they speak of the same faces and people.
        """
        places = [(data.dataset, data.images) for data in self.data]
        different = list(dict.fromkeys(places))
        datasets = [dataset for dataset, _ in different]
        names = [
            dataset if datasets.index(dataset) == number else f"{dataset}.{number}"
            for number, dataset in enumerate(datasets)
        ]
        return tuple(names[different.index(place)] for place in places)
