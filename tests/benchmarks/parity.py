"""Train/serve parity on held-out faces: `serve_jpeg` on images, `serving_default` on records.

    python -m tests.benchmarks.parity RUN_DIR IMAGES [FACES]

Prints the share of faces that both signatures give the same class, and exits 1 below 99 %.
"""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import tensorflow as tf

from components.faces.align import crop_face
from components.faces.decoding import decode
from components.faces.detector import find_face
from components.faces.prepare import prepare
from schemas.artifact_files import SIGNATURES_FILE
from schemas.config.blocks import ImagesConfig
from schemas.config.serialization import load

LEAST_SHARE = 0.99
BATCH = 50


def last_artifact(run: Path, artifact: str) -> Path:
    """An artifact of the last whole run."""
    state = json.loads((run / "run.json").read_text())
    [uri] = [uri for uri in state["artifacts"] if f"/{artifact}/" in uri]
    return Path(run, uri)


def spread(records: list[bytes], count: int) -> list[bytes]:
    """Select `count` records, evenly spread."""
    indices = np.linspace(0, len(records) - 1, min(count, len(records))).astype(int)
    return [records[index] for index in indices]


def request_image(path: Path, config: ImagesConfig) -> bytes:
    """Bytes that a client sends: of the image, or of its aligned face where that is expected."""
    encoded = path.read_bytes()
    if config.align == "none":
        return encoded
    if config.align == "eyes":
        pixels = prepare(encoded, config).pixels
    else:
        pixels = decode(encoded, config).pixels
        if face := find_face(pixels):
            pixels = crop_face(pixels, face, config.margin)
    return cv2.imencode(".png", pixels[..., ::-1])[1].tobytes()


def main() -> int:
    """Compare and print; returns the exit status."""
    run, images = Path(sys.argv[1]), Path(sys.argv[2])
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 500
    review = json.loads((run / "review" / "review.json").read_text())
    held_out = review["protocol"]["held_out_folds"]
    folder = last_artifact(run, "Trainer/model") / "Format-Serving"
    model = tf.saved_model.load(str(folder))
    described = json.loads((folder / SIGNATURES_FILE).read_text())
    config = load(ImagesConfig, json.dumps(described["images"]))
    examples = last_artifact(run, "FaceExampleGen/examples")
    files = sorted(str(path) for fold in held_out for path in examples.glob(f"Split-{fold}/*.gz"))
    records = spread(list(tf.data.TFRecordDataset(files, "GZIP").as_numpy_iterator()), count)
    spec = {"key": tf.io.FixedLenFeature((), tf.string)}
    same = 0
    for start in range(0, len(records), BATCH):
        batch = tf.constant(records[start : start + BATCH])
        keys = [key.decode() for key in tf.io.parse_example(batch, spec)["key"].numpy()]
        originals = [request_image(images / key.partition("/")[2], config) for key in keys]
        stored = model.signatures["serving_default"](examples=batch)
        served = model.signatures["serve_jpeg"](jpeg=tf.constant(originals))
        heads = [name for name in stored if name.endswith("_class")]
        agree = [stored[head].numpy() == served[head].numpy() for head in heads]
        same += int(np.all(agree, axis=0).sum())
    result = {"held_out_faces": len(records), "same_class": same, "share": same / len(records)}
    sys.stdout.write(json.dumps(result) + "\n")
    return 0 if same >= LEAST_SHARE * len(records) else 1


if __name__ == "__main__":
    sys.exit(main())
