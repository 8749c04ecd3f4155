"""Checks of a warm start: equal architecture, and no held-out people."""

from dataclasses import replace
from typing import Any

import pytest

from components.ingest.sources.registry import origin_of
from components.trainer.initial_weights import warm_start
from schemas.config.blocks import ColumnsConfig, DataConfig
from schemas.config.train import NetConfig, TrainConfig
from schemas.errors import ConfigError
from schemas.training_record import SeenSource, TrainingRecord
from tests.training_records import make_record

TRAIN = TrainConfig(model="utk_cnn", net=NetConfig(inputs=("age",)))
HEADS = {"race": ("white", "black")}
ADIENCE = DataConfig("adience", "folds", "aligned")
UTKFACE = DataConfig("utkface", None, "/utk")
LISTS = DataConfig("levi_hassner", "lists", "aligned")


def record(
    *sources: DataConfig, folds: tuple[str, ...] = ("fold_0",), **changes: Any
) -> TrainingRecord:
    """A model of TRAIN and HEADS that was trained on folds of sources; its description changed."""
    origins = [origin_of(source) for source in sources]
    return replace(
        make_record(),
        description=replace(warm_start.describe(TRAIN, 48, HEADS), **changes),
        seen=warm_start.seen_sources(origins, folds),
    )


def check(
    earlier: TrainingRecord, *sources: DataConfig, held_out: tuple[str, ...] = ("fold_4",)
) -> None:
    """Check a start from `earlier` in a run like it on other sources and folds."""
    wanted = warm_start.describe(TRAIN, 48, HEADS)
    origins = [origin_of(source) for source in sources]
    warm_start.check_start(earlier, wanted, origins, held_out, "runs/a")


@pytest.mark.parametrize(
    ("fact", "value", "message"),
    [
        ("model", "cnn3", "has model 'cnn3', this run model 'utk_cnn', .* Set train.model alike"),
        ("side", 64, "has side 64, this run side 48, .* Set images.side alike"),
        (
            "heads",
            {"race": ("white", "asian")},
            r"has heads race \(white asian\), this run heads race \(white black\)",
        ),
        ("inputs", (), r"has inputs \[\], this run inputs \['age'\], .* Set train.net.inputs"),
        ("units", (10,), r"has units \[10\], this run units \[250, 250, 250\]"),
        ("coral", True, "has coral True, this run coral False, .* Set train.ordinal alike"),
        ("pair", "two_hot", "has pair 'two_hot', this run pair 'heads'"),
    ],
)
def test_weights_of_another_model_are_refused_with_both_values(
    fact: str, value: Any, message: str
) -> None:
    check(record(ADIENCE), ADIENCE)

    with pytest.raises(ConfigError, match=f"train.start_from: the model of runs/a {message}"):
        check(record(ADIENCE, **{fact: value}), ADIENCE)


def test_a_held_out_fold_that_the_earlier_model_saw_is_a_leak() -> None:
    earlier = record(ADIENCE, folds=("fold_4", "fold_0"))

    with pytest.raises(ConfigError, match=r"leak: .* on fold_0, fold_4 of adience.* out fold_4:"):
        check(earlier, ADIENCE, held_out=("fold_3", "fold_4"))
    check(earlier, ADIENCE, held_out=("fold_3",))


def test_the_same_fold_of_other_people_is_no_leak() -> None:
    check(record(UTKFACE, folds=("fold_4",)), ADIENCE)


@pytest.mark.parametrize("held_out", ["fold_4", "fold_3"])
def test_one_shared_source_of_several_is_enough_for_a_leak(held_out: str) -> None:
    with pytest.raises(ConfigError, match="leak"):
        check(
            record(UTKFACE, ADIENCE, folds=("fold_3", "fold_4")),
            DataConfig("csv", "c", "d"),
            ADIENCE,
            held_out=(held_out,),
        )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ADIENCE, LISTS),
        (LISTS, DataConfig("levi_hassner", "lists", "aligned", splits="keep")),
        (UTKFACE, DataConfig("utkface", None, "/utk-cropped")),
        (DataConfig("csv", "c", "a"), DataConfig("csv", "c", "b")),
        (
            DataConfig("csv", "c", "a", columns=ColumnsConfig(path="p", fold="f")),
            DataConfig("csv", "c", "a", columns=ColumnsConfig(path="p", subject="s")),
        ),
    ],
    ids=["two layouts of Adience", "two ways of lists", "two folders", "two roots", "column"],
)
def test_people_possibly_shared_under_other_folds_are_refused(
    one: DataConfig, other: DataConfig
) -> None:
    with pytest.raises(ConfigError, match="may show the same people, and the fold names"):
        check(record(one, folds=("fold_0",)), other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ADIENCE, DataConfig("adience", "elsewhere", "cropped")),
        (LISTS, DataConfig("levi_hassner", "elsewhere", "cropped")),
        (
            DataConfig("csv", "c", "a", columns=ColumnsConfig(path="p", subject="s")),
            DataConfig("csv", "c", "crops", columns=ColumnsConfig(path="q", subject="s")),
        ),
        (
            DataConfig("csv", "c", "a", columns=ColumnsConfig(path="p", fold="f")),
            DataConfig("csv", "c", "crops", columns=ColumnsConfig(path="p", fold="f")),
        ),
    ],
    ids=["adience", "lists", "csv by subject", "csv by column"],
)
def test_folds_that_do_not_depend_on_images_compare_between_folders(
    one: DataConfig, other: DataConfig
) -> None:
    check(record(one, folds=("fold_0",)), other)

    with pytest.raises(ConfigError, match="leak"):
        check(record(one, folds=("fold_4",)), other)


def test_settings_that_change_no_weight_may_differ() -> None:
    net = NetConfig(inputs=("age",), units=(250, 250, 250), dropout=0.5, l2=0.1, threshold=0.5)
    other = TrainConfig(model="utk_cnn", net=net, epochs=1, ordinal="soft_labels", bn_momentum=0.5)

    assert warm_start.describe(other, 48, HEADS) == warm_start.describe(TRAIN, 48, HEADS)


@pytest.mark.parametrize("trained", ["train", "train_subset"])
def test_val_shows_the_people_of_train(trained: str) -> None:
    lists = DataConfig("levi_hassner", "lists", "aligned", splits="keep")

    with pytest.raises(ConfigError, match=r"leak: .* holds out val:"):
        check(record(lists, folds=(trained,)), lists, held_out=("val",))
    check(record(lists, folds=(trained, "val")), lists, held_out=("test",))


def test_sources_of_the_earlier_models_own_start_count() -> None:
    first = record(ADIENCE, folds=("fold_4", "fold_0"))
    seen = warm_start.seen_sources([origin_of(UTKFACE)], ["fold_0"], first.seen)

    assert [source.folds for source in seen] == [("fold_0",), ("fold_0", "fold_4")]
    with pytest.raises(ConfigError, match=r"leak: .* fold_0, fold_4 of adience"):
        check(replace(first, seen=seen), ADIENCE)


def test_a_source_seen_twice_is_listed_once() -> None:
    origin = origin_of(ADIENCE)
    earlier = warm_start.seen_sources([origin, origin], ["fold_1", "fold_0"])

    assert warm_start.seen_sources([origin], ["fold_0", "fold_1"], earlier) == (
        SeenSource("adience", "adience", "adience", ("fold_0", "fold_1")),
    )
