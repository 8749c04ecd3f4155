"""Time and memory of ingest and label validation beside plain pyarrow, 2 to 20 million rows.

    python -m tests.benchmarks.labels FOLDER [MILLIONS ...]

Draws label files like Adience's, with repeats, conflicts and irregular age texts. One process
ingests and validates them; another converts the same files from CSV to Parquet with plain pyarrow
and groups them by class and gender.
"""

import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

HEADER = (
    "user_id\toriginal_image\tface_id\tage\tgender\tx\ty\tdx\tdy"
    "\ttilt_ang\tfiducial_yaw_angle\tfiducial_score\n"
)
AGES = ["(0, 2)", "(4, 6)", "(8, 12)", "(15, 20)", "(25, 32)", "(38, 43)", "(48, 53)", "(60, 100)"]
IRREGULAR = ["None", "35", "(25, 23)", "(38, 48)", "29"]
FOLDS = 5
PHOTOS_PER_SUBJECT = 10
CHUNK = 200_000  # Rows drawn at a time.


def draw(folder: Path, rows: int) -> None:
    """Write `rows` lines to five files; 1 % repeat another line, some with other labels."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(rows)
    for fold in range(FOLDS):
        with (folder / f"fold_{fold}_data.txt").open("w") as file:
            file.write(HEADER)
            size = rows // FOLDS
            for start in range(0, size, CHUNK):
                count = min(CHUNK, size - start)
                numbers = np.arange(start, start + count)
                numbers[rng.random(count) < 0.01] -= 1  # Repeats the line before.
                file.write(_lines(numbers.clip(min=0), fold, rng))


def _lines(numbers: npt.NDArray[np.int64], fold: int, rng: np.random.Generator) -> str:
    ages = rng.integers(0, 100, len(numbers))
    lines = []
    for number, age in zip(numbers.tolist(), ages.tolist(), strict=True):
        subject = number // PHOTOS_PER_SUBJECT
        text = AGES[subject % 8] if age > 9 else IRREGULAR[subject % 5]
        gender = "mf"[subject % 2] if age % 25 else "u"
        user = f"{fold}{subject // 20:06d}@N0{fold}"
        lines.append(
            f"{user}\t{number * 7919 % 10**10:010d}_o.jpg\t{fold}{subject}"
            f"\t{text}\t{gender}\t{number % 900}\t{age}\t640\t641\t0\t{age % 4 * 15}\t{age}\n"
        )
    return "".join(lines)


def ours(folder: Path, output: Path) -> None:
    """Ingest and validate."""
    from pipelines.validate_labels import run_labels
    from schemas.config.blocks import Config, DataConfig

    config = Config("bench", (DataConfig("adience", str(folder)),), output=str(output))
    began = time.perf_counter()
    result = run_labels(config, labels_only=True)
    _report(time.perf_counter() - began, result.report.rows)


def baseline(folder: Path, output: Path) -> None:
    """CSV to Parquet and the group-by, in plain pyarrow."""
    import pyarrow as pa
    import pyarrow.csv as pv
    import pyarrow.parquet as pq

    output.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    parse = pv.ParseOptions(delimiter="\t", quote_char=False)
    counts = []
    rows = 0
    for path in sorted(folder.iterdir()):
        writer = None
        for batch in pv.open_csv(path, parse_options=parse):
            table = pa.Table.from_batches([batch])
            writer = writer or pq.ParquetWriter(output / f"{path.stem}.parquet", table.schema)
            writer.write_table(table)
            rows += table.num_rows
            counts.append(table.group_by(["age", "gender"]).aggregate([("face_id", "count")]))
        if writer is not None:
            writer.close()
    merged = pa.concat_tables(counts).group_by(["age", "gender"])
    merged.aggregate([("face_id_count", "sum")])
    _report(time.perf_counter() - began, rows)


def _report(seconds: float, rows: int) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write(f"{rows} {seconds:.2f} {peak}\n")


def measure(name: str, folder: Path, output: Path) -> tuple[int, float, int]:
    """Measure in a process of its own: (rows, seconds, peak resident bytes)."""
    done = subprocess.run(
        [sys.executable, __file__, name, str(folder), str(output)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    rows, seconds, peak = done.stdout.split()
    return int(rows), float(seconds), int(peak)


def main() -> None:
    """Measure every size and print one line for each."""
    if sys.argv[1] in ("ours", "baseline"):
        {"ours": ours, "baseline": baseline}[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
        return
    base = Path(sys.argv[1])
    sys.stdout.write("million rows  plain pyarrow  labels  times  peak MB  bytes per extra row\n")
    before = None
    for million in [float(word) for word in sys.argv[2:]] or [2.0, 5.0, 10.0, 20.0]:
        folder = base / f"{million:g}"
        if not folder.is_dir():
            draw(folder, int(million * 1_000_000))
        _, plain, _ = measure("baseline", folder, base / "baseline")
        rows, seconds, peak = measure("ours", folder, base / "ours")
        more = "" if before is None else f"{(peak - before[1]) / (rows - before[0]):.1f}"
        before = rows, peak
        sys.stdout.write(
            f"{rows / 1e6:12.1f}  {plain:11.1f} s  {seconds:4.1f} s  {seconds / plain:5.1f}"
            f"  {peak / 1e6:7.0f}  {more:>19}\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
