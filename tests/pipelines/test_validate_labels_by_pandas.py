"""The policies on the real files, beside counts by plain pandas."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipelines.validate_labels import run_labels
from schemas.config.blocks import Config, DataConfig, LabelsConfig

CLASSES = ["0-2", "4-6", "8-12", "15-20", "25-32", "38-43", "48-53", "60-100"]


def config(output: Path, *data: DataConfig, **labels: Any) -> Config:
    return Config("test", data, labels=LabelsConfig(**labels), output=str(output))


@pytest.fixture
def real(shared_data: Path) -> DataConfig:
    return DataConfig("adience", str(shared_data / "adience" / "fold_*_data.txt"))


def frame(real: DataConfig) -> pd.DataFrame:
    """The real files by pandas alone, each face once."""
    files = sorted(Path(real.labels or "").parent.glob("fold_*_data.txt"))
    parts = [pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False) for path in files]
    return pd.concat(parts).drop_duplicates(
        ["user_id", "original_image", "face_id", "age", "gender"]
    )


def test_nearest_accepts_every_numeric_age_that_pandas_counts(
    tmp_path: Path, real: DataConfig
) -> None:
    faces = frame(real)
    years = faces.age.str.extract(r"(\d+)\D*(\d+)?").astype(float)
    middle = years[0].where(years[1].isna(), (years[0] + years[1]) / 2)
    bounds = [[float(year) for year in name.split("-")] for name in CLASSES]
    far = [(low - middle).clip(lower=0) + (middle - high).clip(lower=0) for low, high in bounds]
    table = pd.concat(far, axis=1, keys=CLASSES)[middle.notna()]
    expected = table.idxmin(axis=1).value_counts()  # The first of equal ones: the younger.

    report = run_labels(config(tmp_path, real, policy="nearest"), labels_only=True).report

    assert report.accepted == expected.sum() == 18_622
    assert {
        name: sum(counts[name] for counts in report.table.values()) for name in CLASSES
    } == expected.to_dict()


def test_single_gender_photos_are_those_of_pandas(tmp_path: Path, real: DataConfig) -> None:
    faces = frame(real)
    known = faces[faces.gender.isin(["m", "f"])]
    genders = known.groupby(["user_id", "original_image"]).gender.nunique()
    mixed = faces.set_index(["user_id", "original_image"]).index.isin(genders[genders > 1].index)
    kept = faces[~mixed & faces.gender.isin(["m", "f"])]
    settings = config(tmp_path, real, policy="single_gender_photo", target="gender")

    report = run_labels(settings, labels_only=True).report

    assert report.rejected["mixed_gender_photo"] == mixed.sum()
    assert report.accepted == len(kept) == 11_734
