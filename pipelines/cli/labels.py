"""`facefold labels`: ingest and label rules, without training."""

from typing import TYPE_CHECKING

import click

from pipelines.cli.overrides import HELP, ConfigSource, load_config, takes_config
from pipelines.terminal import counting
from schemas.errors import ConfigError

if TYPE_CHECKING:
    from schemas.config.blocks import Config

FORMS = ("csv", "parquet", "npz", "two_hot")  # The keys of pipelines.export_labels.FORMS.


@click.command(epilog=HELP)
@takes_config
@click.option("--labels-only", is_flag=True, help="Ignore the images.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--export", metavar="DIR", help="Write the accepted labels to this folder too.")
@click.option("--as", "form", type=click.Choice(FORMS), help="Format of --export; csv by default.")
def command(
    source: ConfigSource, labels_only: bool, as_json: bool, export: str | None, form: str | None
) -> int:
    """Read the labels and apply the label rules, without training.

    Exit status 1 if no row is left.
    """
    if form and not export:
        raise ConfigError(f"--as {form} is set without --export, expected both; add --export DIR.")
    config = load_config(source)
    check_export(config, form)
    from pipelines.local.folder_checks import check_local_folder
    from pipelines.validate_labels import render_json, render_text, run_labels

    if export:
        from pipelines.export_labels import check_export_file

        check_local_folder("--export", export)
        check_export_file(config, export, form or FORMS[0])
    with counting("images") as progress:
        result = run_labels(config, labels_only=labels_only, progress=progress)
    if export:
        from pipelines.export_labels import export_labels

        result.files["export"] = export_labels(config, result, export, form or FORMS[0])
    if as_json:
        print(render_json(result))
    else:
        print(render_text(result), end="")
    return 0 if result.report.accepted else 1


def check_export(config: "Config", form: str | None) -> None:
    """Raise ConfigError for two-hot vectors of rows that may lack a label."""
    labels = config.labels
    if form == "two_hot" and (labels.target, labels.partial) != ("age_gender", "reject"):
        raise ConfigError(
            f"--as two_hot needs age and gender of every row, but labels.target is {labels.target} "
            f"and labels.partial {labels.partial}: add labels.target=age_gender "
            "labels.partial=reject."
        )
