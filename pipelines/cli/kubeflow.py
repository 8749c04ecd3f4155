"""`facefold kubeflow`: the pipeline on Kubeflow."""

import os
from dataclasses import replace
from pathlib import Path

import click

from pipelines.cli.overrides import HELP, ConfigSource, load_config, takes_config


@click.group(no_args_is_help=False)
def command() -> None:
    """Run the pipeline on Kubeflow."""


@command.command("compile", epilog=HELP)
@takes_config
@click.option(
    "-o", "--package", type=click.Path(path_type=Path), default="pipeline.yaml", metavar="FILE"
)
@click.option("--image", help="Image of every step, in place of kubeflow.image.", metavar="IMAGE")
def compile_package(source: ConfigSource, package: Path, image: str | None) -> int:
    """Write the KFP v2 package; no data are read."""
    config = load_config(source, resolve=False)
    from pipelines.config.checks import check_run_config
    from pipelines.config.checks.fold_checks import check_folds
    from pipelines.kubeflow.names import check_name
    from pipelines.kubeflow.paths import FOLDS, check_cluster_paths, check_package
    from pipelines.kubeflow.settings import check_kubeflow
    from pipelines.terminal import redirect_output

    if image:
        config = replace(config, kubeflow=replace(config.kubeflow, image=image))
    check_run_config(config)
    check_folds(config, FOLDS)
    check_name(config)
    check_kubeflow(config)
    check_cluster_paths(config)
    check_package(package)
    with redirect_output(Path(os.devnull)):
        from pipelines.kubeflow.compile import write_package

        write_package(config, package)
    print(f"{package}: {config.name}, every step in {config.kubeflow.image}")
    return 0
