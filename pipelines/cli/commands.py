"""What each command does with its words: reads the config, calls the work, prints the result."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from pipelines.cli.arguments import EXPORTS, shipped_configs
from pipelines.config.checks.data_checks import check_folds, check_run_names
from pipelines.config.load import read_config
from pipelines.terminal import Counter
from schemas.config.blocks import Config
from schemas.config.serialization import nearest
from schemas.errors import ConfigError

Words = argparse.Namespace


def dispatch(words: Words) -> int:
    """Run the chosen command; gives the exit status."""
    return COMMANDS[words.command](words)


def load_config(words: Words, *, resolve: bool = True) -> Config:
    """The named config with its overrides.

    A shipped config's `data.*` paths are relative to the current folder: nobody's data lie beside
    the installed package. Without `resolve` paths stay as written: they are a container's.
    """
    shipped = shipped_configs()
    path = Path(words.config)
    if path.is_file():
        return read_config(path, words.overrides, resolve=resolve)
    if words.config in shipped:
        return read_config(shipped[words.config], words.overrides, base=Path.cwd(), resolve=resolve)
    raise ConfigError(
        f"config {words.config!r} is neither a file nor a shipped config"
        f"{nearest(words.config, shipped)}. Shipped: {', '.join(shipped)}."
    )


def _demo(words: Words) -> int:
    from pipelines.demo import drawing

    directory = Path(words.directory)
    summary = drawing.draw(
        directory,
        faces=words.faces,
        seed=words.seed,
        plant=not words.no_plant,
        progress=Counter("faces"),
    )
    print(f"{summary.images} images of {summary.subjects} subjects, {summary.rows} label rows")
    print(f"planted bias: {summary.planted or 'none'}")
    print(f"next: facefold run {directory / 'demo.yaml'}")
    return 0


def _labels(words: Words) -> int:
    if words.form and not words.export:
        raise ConfigError(f"--as {words.form} says how to export, but not where; add --export DIR.")
    config = load_config(words)
    check_export(config, words.form)
    from pipelines.validate_labels import render_json, render_text, run_labels

    result = run_labels(config, labels_only=words.labels_only, progress=Counter("images"))
    if words.export:
        from pipelines.export_labels import export_labels

        path = export_labels(config, result, words.export, words.form or EXPORTS[0])
        result = result._replace(export=path)
    if words.json:
        print(render_json(result))
    else:
        print(render_text(result), end="")
    return 0


def check_export(config: Config, form: str | None) -> None:
    """A two-hot vector needs both labels of every row."""
    labels = config.labels
    if form == "two_hot" and (labels.target, labels.partial) != ("age_gender", "reject"):
        raise ConfigError(
            f"--as two_hot needs age and gender of every row, but labels.target is {labels.target} "
            f"and labels.partial {labels.partial}: add labels.target=age_gender "
            "labels.partial=reject."
        )


def _run(words: Words) -> int:
    config = load_config(words)
    from pipelines.local.preflight import RunOptions
    from pipelines.local.run import RunFailedError, run

    try:
        outcome = run(config, RunOptions(words.start, words.stop, cache=not words.no_cache))
    except RunFailedError as error:
        print(f"facefold: {error}", file=sys.stderr)
        return error.status
    print(outcome.summary)
    return 3 if outcome.blessed is False else 0


def _review(words: Words) -> int:
    from pipelines.local.summary.verdict import read_review

    review = read_review(Path(words.directory))
    print(review.text)
    return 0 if review.blessed else 3


def _prune(words: Words) -> int:
    from pipelines.local.run_folder.prune import prune

    pruned = prune(Path(words.directory), dry_run=words.dry_run)
    for folder in pruned.folders:
        print(folder)
    verb = "would free" if words.dry_run else "freed"
    print(f"{len(pruned.folders)} artifact folders, {verb} {pruned.size / 2**20:.1f} MiB")
    return 0


def _models(words: Words) -> int:
    from pipelines.cli.models import describe, table

    rows = describe()
    print(json.dumps(rows) if words.json else table(rows))
    return 0


def _kubeflow(words: Words) -> int:
    config = load_config(words, resolve=False)
    from pipelines.kubeflow.paths import FOLDS, check_cluster_paths, check_package
    from pipelines.terminal import redirect_output

    package = Path(words.package)
    check_run_names(config)
    check_folds(config, FOLDS)
    check_cluster_paths(config)
    check_package(package)
    with redirect_output(Path(os.devnull)):
        from pipelines.kubeflow.compile import IMAGE, write_package

        write_package(config, package, words.image or IMAGE)
    print(f"{package}: {config.name}, every step in {words.image or IMAGE}")
    return 0


COMMANDS: dict[str, Callable[[Words], int]] = {
    "demo": _demo,
    "labels": _labels,
    "run": _run,
    "review": _review,
    "prune": _prune,
    "models": _models,
    "kubeflow": _kubeflow,
}
