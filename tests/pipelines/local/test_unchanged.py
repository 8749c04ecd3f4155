"""The record of the last whole run: trusted only while everything is unchanged."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import xxhash

from pipelines.local import unchanged
from pipelines.local.results import NodeResult
from pipelines.local.run_folder import file_manifest
from pipelines.local.run_folder.layout import RunFolder
from pipelines.run_context import RunContext
from schemas.config.blocks import BeamConfig, Config, DaskConfig, DataConfig, PushConfig
from schemas.release.pushes import Push

CONFIG = Config("test", (DataConfig("adience", "l", "i"),))
CONTEXT = RunContext("artifacts", "inputs/0/schema.pbtxt", "abc", (), ("fold_0", "fold_1"))
KEY = "a key"
PUSH_TO = "serving_model"
REVIEW: dict[str, Any] = {
    "verdict": "released", "reasons": [], "protocol": {"model_hash": "m"}, "compared_with": None,
}  # fmt: skip
PUSHED = {
    "version": "serving_model/2",
    "files": {"saved_model.pb": [5, xxhash.xxh3_128_hexdigest(b"graph")]},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A run folder as a whole run leaves it, and the current folder."""
    monkeypatch.chdir(tmp_path)
    folder = RunFolder(tmp_path)
    folder.metadata.write_bytes(b"store")
    results = []
    for node, output, name, text in (
        ("FaceIngest", "manifest", "manifest.parquet", "rows"),
        ("BiasReview", "page", "review.json", json.dumps(REVIEW)),
        ("Pusher", "pushed", "pushed.json", json.dumps(PUSHED)),
    ):
        uri = f"artifacts/{node}/{output}/1"
        (tmp_path / uri).mkdir(parents=True)
        (tmp_path / uri / name).write_text(text)
        file_manifest.record(folder.artifacts, uri)
        results.append(NodeResult(node, "done", 3.0, {output: [uri]}))
    for version in ("1", "2"):
        (tmp_path / "serving_model" / version).mkdir(parents=True)
        (tmp_path / "serving_model" / version / "saved_model.pb").write_bytes(b"graph")
    unchanged.record(folder, KEY, results)
    return folder


def test_an_unchanged_run_has_the_outputs_of_the_last_one(folder: RunFolder) -> None:
    results = unchanged.find_results(folder, KEY, PUSH_TO)

    assert results == [
        NodeResult("FaceIngest", "reused", 0.0, {"manifest": ["artifacts/FaceIngest/manifest/1"]}),
        NodeResult("BiasReview", "reused", 0.0, {"page": ["artifacts/BiasReview/page/1"]}),
        NodeResult("Pusher", "reused", 0.0, {"pushed": ["artifacts/Pusher/pushed/1"]}),
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: folder.metadata.unlink(),
        lambda folder: next(folder.artifacts.rglob("manifest.parquet")).write_text("other rows"),
        lambda folder: next(folder.artifacts.rglob("manifest.parquet")).unlink(),
        lambda folder: (folder.path / "serving_model/2/saved_model.pb").unlink(),
        lambda folder: (folder.path / "serving_model/2/saved_model.pb").write_bytes(b"grapb"),
        lambda folder: (folder.path / "serving_model/3").mkdir(),
        lambda folder: folder.whole_run.write_text("{"),
        lambda folder: folder.whole_run.write_text("[]"),
        lambda folder: folder.whole_run.write_text(json.dumps({"key": KEY})),
        lambda folder: folder.whole_run.write_text(json.dumps({"key": KEY, "nodes": [["a"]]})),
        unchanged.invalidate,
    ],
    ids=[
        "no store", "changed file", "lost file", "lost version", "changed version",
        "newer version", "no JSON", "no object", "no nodes", "odd nodes", "invalidated",
    ],
)  # fmt: skip
def test_anything_else_is_left_to_tfx(
    folder: RunFolder, change: Callable[[RunFolder], object]
) -> None:
    change(folder)

    assert unchanged.find_results(folder, KEY, PUSH_TO) is None


@pytest.mark.parametrize(
    ("log", "reused"), [(["m"], True), (["other"], False), (["other", "m"], False)]
)
def test_a_review_is_reused_while_it_compares_with_the_last_push(
    folder: RunFolder, log: list[str], reused: bool
) -> None:
    pushes = folder.path / "serving_model" / ".pushes" / "pushes.jsonl"
    pushes.parent.mkdir()
    lines = [dump_push(Push(f"serving_model/{model}", model, "2026-01-01", {})) for model in log]
    pushes.write_text("".join(lines))

    assert (unchanged.find_results(folder, KEY, PUSH_TO) is not None) == reused


def dump_push(push: Push) -> str:
    return json.dumps(push._asdict()) + "\n"


def test_another_key_is_left_to_tfx(folder: RunFolder) -> None:
    assert unchanged.find_results(folder, "another key", PUSH_TO) is None


def test_a_refused_run_needs_no_served_version(folder: RunFolder) -> None:
    pushed = next(folder.artifacts.rglob("pushed.json"))
    pushed.write_text(json.dumps({"version": None, "files": {}}))
    file_manifest.record(folder.artifacts, "artifacts/Pusher/pushed/1")
    (folder.path / "serving_model/2/saved_model.pb").unlink()

    assert unchanged.find_results(folder, KEY, PUSH_TO) is not None


def test_the_key_depends_on_all_but_runner_and_output() -> None:
    def key(config: Config, context: RunContext = CONTEXT, code: str = "code") -> str:
        return unchanged.reuse_key(config, context, code)

    same = [
        CONFIG,
        replace(CONFIG, output="/elsewhere"),
        replace(CONFIG, beam=BeamConfig("direct", 8)),
        replace(CONFIG, dask=DaskConfig("tcp://scheduler:8786")),
    ]
    others = [
        key(replace(CONFIG, seed=1)),
        key(replace(CONFIG, name="other")),
        key(replace(CONFIG, push=PushConfig("elsewhere"))),
        key(replace(CONFIG, data=(DataConfig("adience", "l", "other"),))),
        key(CONFIG, replace(CONTEXT, schema_file="inputs/1/schema.pbtxt")),
        key(CONFIG, replace(CONTEXT, fingerprint="abd")),
        key(CONFIG, replace(CONTEXT, weights_hash="1")),
        key(CONFIG, replace(CONTEXT, start="inputs/2")),
        key(CONFIG, replace(CONTEXT, folds=("fold_0",))),
        key(CONFIG, replace(CONTEXT, notes=("a note",))),
        key(CONFIG, code="other code"),
    ]

    assert {key(config) for config in same} == {key(CONFIG)}
    assert len({key(CONFIG), *others}) == len(others) + 1


def test_the_code_includes_the_installed_packages(tmp_path: Path) -> None:
    codes = []
    for version in ("1.0", "1.1"):
        site_packages = tmp_path / version
        (site_packages / f"a_package-{version}.dist-info").mkdir(parents=True)
        codes.append(unchanged.installed_code(site_packages))

    assert len({*codes, unchanged.installed_code()}) == 3
