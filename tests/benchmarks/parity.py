"""Train/serve parity: an image through `serve_jpeg`, its record through `serving_default`.

    python tests/benchmarks/parity.py RUN_DIR IMAGES [FACES]

Prints the share of faces with the same class on both ways, and exits 1 below 99 %.
"""

import json
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

WANTED = 0.99
BATCH = 50


def newest(run: Path, pattern: str) -> Path:
    """The newest artifact of a pattern that ends in the execution's number."""
    return max(run.glob(f"artifacts/{pattern}"), key=lambda path: int(path.name))


def main() -> int:
    """Compare; gives the exit status."""
    run, images = Path(sys.argv[1]), Path(sys.argv[2])
    wanted = int(sys.argv[3]) if len(sys.argv) > 3 else 500
    model = tf.saved_model.load(str(newest(run, "Trainer/model/*") / "Format-Serving"))
    records = sorted(newest(run, "FaceExampleGen/examples/*").glob("Split-*/*.gz"))
    spec = {"key": tf.io.FixedLenFeature((), tf.string)}
    same = faces = 0
    dataset = tf.data.TFRecordDataset([str(path) for path in records], "GZIP")
    for batch in dataset.take(wanted).batch(BATCH):
        keys = [key.decode() for key in tf.io.parse_example(batch, spec)["key"].numpy()]
        originals = [(images / key.partition("/")[2]).read_bytes() for key in keys]
        stored = model.signatures["serving_default"](examples=batch)
        served = model.signatures["serve_jpeg"](jpeg=tf.constant(originals))
        heads = [name for name in stored if name.endswith("_class")]
        agree = [stored[head].numpy() == served[head].numpy() for head in heads]
        same += int(np.all(agree, axis=0).sum())
        faces += len(keys)
    found = {"faces": faces, "same_class": same, "share": same / faces, "wanted": WANTED}
    sys.stdout.write(json.dumps(found) + "\n")
    return 0 if same >= WANTED * faces else 1


if __name__ == "__main__":
    sys.exit(main())
