"""What balancing does to the worst group: one training plain, weighted and drawn equally often.

    python tests/benchmarks/balance.py CONFIG OUTPUT [key=value ...]

Runs `facefold run` three times in one run folder, so that all before the Trainer is made once, and
prints the overall and the worst group's accuracy of each head, with their 95 % intervals. CONFIG is
what `facefold run` takes, and OUTPUT a folder for this run alone.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

WAYS: dict[str, tuple[str, ...]] = {
    "none": (),
    "class weights": ("train.class_weights=balanced",),
    "balanced sampling": ("train.sampling=balanced",),
}


def run(config: str, words: list[str], output: Path) -> dict[str, Any]:
    """The review of one run, the only one below `output`."""
    done = subprocess.run(
        [sys.executable, "-m", "pipelines", "run", config, *words],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode not in (0, 3):
        raise SystemExit(done.stderr)
    [path] = output.glob("*/review/review.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def accuracy(group: dict[str, Any] | None) -> str:
    """`0.800 [0.750, 0.850]`, or why there is none."""
    if group is None:
        return "no group judged"
    if group["low"] is None:
        return f"{group['accuracy']:.3f} ({group['interval']})"
    return f"{group['accuracy']:.3f} [{group['low']:.3f}, {group['high']:.3f}]"


def lines(way: str, review: dict[str, Any]) -> str:
    """One line a head."""
    told = ""
    for overall in review["overall"]:
        worst = review["worst_groups"][overall["head"]]
        where = f"{worst['group']}, {worst['images']} images" if worst else ""
        told += (
            f"{way:<18}{overall['head']:<8}{overall['images']:>7}  {accuracy(overall):<22}"
            f"{accuracy(worst):<22}{where}\n"
        )
    return told


def main() -> None:
    """Print the table."""
    config, output, *words = sys.argv[1:]
    words = [*words, f"output={output}"]
    table = f"{'training':<18}{'head':<8}{'images':>7}  {'overall':<22}{'worst group':<22}\n"
    for way, extra in WAYS.items():
        table += lines(way, run(config, [*words, *extra], Path(output)))
    sys.stdout.write(table)


if __name__ == "__main__":
    main()
