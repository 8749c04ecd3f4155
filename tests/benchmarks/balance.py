"""Effect of balancing on the worst group: no balancing, class weights, balanced sampling.

    python -m tests.benchmarks.balance CONFIG OUTPUT [key=value ...]

Runs `facefold run` three times in one run folder, which reuses every step before the Trainer, and
prints for each head the accuracy overall and of the worst group, with 95 % intervals. CONFIG is a
config of `facefold run`, OUTPUT a folder for these runs alone.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

VARIANTS: dict[str, tuple[str, ...]] = {
    "none": (),
    "class weights": ("train.class_weights=balanced",),
    "balanced sampling": ("train.sampling=balanced",),
}


def run(config: str, overrides: list[str], output: Path) -> dict[str, Any]:
    """Run once; gives the review of the only run folder below `output`."""
    done = subprocess.run(
        [sys.executable, "-m", "pipelines", "run", config, *overrides],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode not in (0, 3):
        raise SystemExit(done.stderr)
    [path] = output.glob("*/review/review.json")
    review: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return review


def accuracy(group: dict[str, Any] | None) -> str:
    """Format as `0.800 [0.750, 0.850]`, or state why there is no value."""
    if group is None:
        return "no group judged"
    if group["accuracy_low"] is None:
        return f"{group['accuracy']:.3f} ({group['interval']})"
    return f"{group['accuracy']:.3f} [{group['accuracy_low']:.3f}, {group['accuracy_high']:.3f}]"


def lines(variant: str, review: dict[str, Any]) -> str:
    """One line per head."""
    text = ""
    for overall in review["overall"]:
        worst = review["worst_groups"][overall["head"]]
        where = f"{worst['group']}, {worst['images']} images" if worst else ""
        text += (
            f"{variant:<18}{overall['head']:<8}{overall['images']:>7}  {accuracy(overall):<22}"
            f"{accuracy(worst):<22}{where}\n"
        )
    return text


def main() -> None:
    """Print the table."""
    config, output, *overrides = sys.argv[1:]
    overrides.append(f"output={output}")
    table = f"{'training':<18}{'head':<8}{'images':>7}  {'overall':<22}{'worst group':<22}\n"
    for variant, extra in VARIANTS.items():
        table += lines(variant, run(config, [*overrides, *extra], Path(output)))
    sys.stdout.write(table)


if __name__ == "__main__":
    main()
