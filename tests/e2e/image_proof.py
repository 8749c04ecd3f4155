"""The first steps of a run in the image, beside the same steps here: their artifacts' bytes.

    python -m tests.e2e.image_proof FOLDER TAG

Prints what differs, and exits 1 if anything does. Takes root where the container engine does.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from pipelines.demo.plan import least_faces
from tests.e2e.conftest import SMALL
from tests.e2e.same_run import artifact, contents
from tests.repository import ROOT, run_facefold

LAST_STEP = "FaceExampleGen"
ARTIFACTS = (
    ("FaceIngest", "manifest"), ("LabelValidator", "accepted"), ("LabelValidator", "rejects"),
    ("LabelValidator", "report"), ("FaceExampleGen", "examples"), ("FaceExampleGen", "rejects"),
)  # fmt: skip


def in_image(tag: str, folder: Path, *command: str) -> str:
    """The standard output of a command in the image, where the folder is /data."""
    done = subprocess.run(
        ["deploy/image.sh", "run", tag, str(folder), *command],
        cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE,
    )  # fmt: skip
    return done.stdout


def prove(folder: Path, tag: str) -> list[str]:
    """Run the steps at both places; returns what differs."""
    drawn = run_facefold("demo", str(folder / "demo"), "--faces", str(least_faces()))
    assert drawn.returncode == 0, drawn.stderr
    words = ("demo/demo.yaml", *SMALL, "--to", LAST_STEP)
    here = run_facefold("run", str(folder / words[0]), *words[1:], f"output={folder / 'here'}")
    assert here.returncode == 0, here.stdout + here.stderr
    (folder / "there").mkdir()
    (folder / "there").chmod(0o777)  # The image's user has a number of its own.
    user = in_image(tag, folder, "id", "-u").strip()
    sys.stdout.write(in_image(tag, folder, "facefold", "run", f"/data/{words[0]}", *words[1:],
                              "output=/data/there"))  # fmt: skip
    runs = (folder / "here" / "demo", folder / "there" / "demo")
    found = [
        f"{step} {channel}"
        for step, channel in ARTIFACTS
        if contents(artifact(runs[0], step, channel)) != contents(artifact(runs[1], step, channel))
    ]
    return found + ["the user is root"] * (user == "0")


def main() -> int:
    """Prove it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("tag")
    given = parser.parse_args()
    problems = prove(given.folder.absolute(), given.tag)
    sys.stdout.write("\n".join([*problems, f"{len(problems)} differences"]) + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
