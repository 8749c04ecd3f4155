"""A whole run on a Flink session cluster, with a task manager killed, beside one in the process.

    python -m tests.e2e.flink_proof FOLDER JOB_SERVER_JAR FLINK_JARS

JOB_SERVER_JAR is Beam's Flink job server, FLINK_JARS the folder `pyflink/lib` of PyPI's
`apache-flink-libraries`. Prints what differs, and exits 1 if anything does.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

from tests.e2e.conftest import ALWAYS_BLESSED, SMALL
from tests.e2e.flink_cluster import SessionCluster, session_cluster
from tests.e2e.same_run import differences
from tests.pipelines.worker_pool.pools import running_pool
from tests.repository import ROOT, environment, facefold_command, run_facefold

FACES = 1500


def prove(folder: Path, jar: Path, jars: Path) -> list[str]:
    """Run here and on a cluster; returns what differs."""
    config = str(folder / "data" / "demo.yaml")
    words = [config, *SMALL, ALWAYS_BLESSED, "train.deterministic=true"]
    for command in (
        ("demo", str(folder / "data"), "--faces", str(FACES)),
        ("run", *words, f"output={folder / 'here'}"),
    ):
        done = run_facefold(*command)
        assert done.returncode == 0, done.stdout + done.stderr
    with (
        session_cluster(jars, folder / "flink") as cluster,
        running_pool(folder / "pool.log") as pool,
    ):
        beam = (
            "beam.runner=flink", f"beam.address={cluster.address}", f"beam.job_server={jar}",
            f"beam.worker_pool={pool.address}", "beam.workers=4",
        )  # fmt: skip
        run = subprocess.Popen(
            facefold_command("run", *words, *beam, f"output={folder / 'there'}"),
            cwd=ROOT, env=environment(JAVA_TOOL_OPTIONS="-Xmx512m"),
        )  # fmt: skip
        try:
            killed = _kill_in_mid_step(run, cluster, folder / "there" / "demo" / "artifacts")
            if run.wait():
                return [f"the run ended with status {run.returncode}"]
        finally:
            run.kill()
    if not killed:
        return ["the run ended before a task manager was killed"]
    return differences(folder / "here" / "demo", folder / "there" / "demo")


def _kill_in_mid_step(run: "subprocess.Popen[bytes]", cluster: SessionCluster, into: Path) -> bool:
    """Kill a task manager once the first shard of faces is written; False if none was."""
    while run.poll() is None:
        if list(into.glob("FaceExampleGen/examples/*/Split-*/faces-*.gz")):
            cluster.kill_task_manager()
            sys.stdout.write("a task manager was killed\n")
            return True
        time.sleep(0.01)
    return False


def main() -> int:
    """Prove it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("jar", type=Path)
    parser.add_argument("flink_jars", type=Path)
    given = parser.parse_args()
    problems = prove(given.folder.absolute(), given.jar.absolute(), given.flink_jars.absolute())
    sys.stdout.write("\n".join([*problems, f"{len(problems)} differences"]) + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
