"""StatisticsGen beside TFDV's own reading of the same records."""

from pathlib import Path

import apache_beam as beam
import pytest
import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx.types import artifact_utils, standard_artifacts

from components.records.counts import record_counts
from components.statistics.component import StatisticsGen
from schemas.errors import DataError
from tests.components.trainer.small_faces import draw_faces, write_faces

pytestmark = pytest.mark.tf

FOLDS = ("fold_0", "fold_1")


def generate(folder: Path, stored: dict[str, int]) -> Path:
    """Write the faces and run the component; returns the folder of the statistics."""
    write_faces(folder / "examples", draw_faces(FOLDS))
    examples = standard_artifacts.Examples()
    examples.uri = str(folder / "examples")
    examples.split_names = artifact_utils.encode_split_names(list(FOLDS))
    record_counts(examples, stored)
    statistics = standard_artifacts.ExampleStatistics()
    statistics.uri = str(folder / "statistics")
    StatisticsGen.test_call(
        examples=examples, statistics=statistics, code="",
        beam_pipeline=beam.Pipeline(runner="FnApiRunner"),
    )  # fmt: skip
    assert statistics.split_names == examples.split_names
    return folder / "statistics"


def by_name(statistics: statistics_pb2.DatasetFeatureStatisticsList) -> dict[str, str]:
    [data] = statistics.datasets
    return {feature.path.step[0]: str(feature) for feature in data.features}


def test_statistics_are_tfdv_s_but_for_the_bytes_of_the_pictures(tmp_path: Path) -> None:
    folder = generate(tmp_path, {"fold_0": 10, "fold_1": 10})

    for fold in FOLDS:
        ours = tfdv.load_stats_binary(str(folder / f"Split-{fold}" / "FeatureStats.pb"))
        theirs = tfdv.generate_statistics_from_tfrecord(
            str(tmp_path / "examples" / f"Split-{fold}" / "*")
        )
        ours_by_name, expected = by_name(ours), by_name(theirs)
        image = ours_by_name.pop("image")
        del expected["image"]
        assert ours_by_name == expected
        assert "num_non_missing: 10" in image
        assert "JFIF" not in image
        assert "avg_num_bytes" not in image


@pytest.mark.parametrize("stored", [11, 9])
def test_a_fold_of_which_another_number_was_stored_is_an_error(tmp_path: Path, stored: int) -> None:
    with pytest.raises(DataError, match=rf"read 10 faces of fold_1, expected the {stored} that"):
        generate(tmp_path, {"fold_0": 10, "fold_1": stored})
