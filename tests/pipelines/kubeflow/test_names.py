"""Names for Kubernetes: what passes, and what is proposed instead."""

import re

import pytest

from pipelines.kubeflow.names import check_image, check_name, task_name
from pipelines.nodes import all_steps
from schemas.config.blocks import Config
from schemas.errors import ConfigError

RFC_1123 = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


@pytest.mark.parametrize(
    ("node", "task"),
    [
        ("FaceExampleGen", "face-example-gen"),
        ("Trainer_fold_0", "trainer-fold-0"),
        ("Evaluator_Val", "evaluator-val"),
        ("Pusher", "pusher"),
    ],
)
def test_a_node_becomes_a_task(node: str, task: str) -> None:
    assert task_name(node) == task


def test_every_task_name_is_different_and_a_label() -> None:
    names = [task_name(step) for step in all_steps()]

    assert len(set(names)) == len(names)
    assert all(RFC_1123.fullmatch(name) for name in names)


@pytest.mark.parametrize("name", ["a", "adience-age", "0-a", "a" * 63])
def test_a_pipeline_name_passes(name: str) -> None:
    check_name(Config(name, ()))


@pytest.mark.parametrize(
    ("name", "proposed"),
    [
        ("Adience_Age", "adience-age"),
        ("adience.age", "adience-age"),
        ("a-", "a"),
        ("a" * 64, "a" * 63),
        ("my run", "my-run"),
        ("ä", "facefold"),
        ("", "facefold"),
    ],
)
def test_another_pipeline_name_is_refused_with_one_that_would_do(name: str, proposed: str) -> None:
    with pytest.raises(ConfigError, match="expected 1 to 63 lower-case letters") as caught:
        check_name(Config(name, ()))

    assert str(caught.value).endswith(f"such as name={proposed}.")
    check_name(Config(proposed, ()))


@pytest.mark.parametrize(
    "image",
    [
        "facefold",
        "facefold:0.1.0",
        "REGISTRY/facefold:0.1.0",  # As the documents write it.
        "registry.org:5000/team/face_fold:v1",
        "localhost/facefold",
        "facefold@sha256:" + "a" * 64,
        "registry.org/facefold:1@sha256:" + "0" * 64,
    ],
)
def test_an_image_passes(image: str) -> None:
    check_image("kubeflow.image", image)


@pytest.mark.parametrize(
    ("image", "proposed"),
    [
        ("Facefold:0.1.0", "facefold:0.1.0"),
        ("registry.org/Facefold", "registry.org/facefold"),
        ("face fold", "face-fold"),
        ("facefold:", "facefold"),
        ("facefold:a:b", "facefold:0.1.0"),
        ("https://registry.org/facefold", "facefold:0.1.0"),
        ("", "facefold:0.1.0"),
    ],
)
def test_what_names_no_image_is_refused_with_one_that_would_do(image: str, proposed: str) -> None:
    with pytest.raises(ConfigError, match=r"--image is .*expected a container image") as caught:
        check_image("--image", image)

    assert str(caught.value).endswith(f"such as {proposed}.")
    check_image("--image", proposed)
