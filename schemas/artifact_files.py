"""Names inside the model and evaluation artifacts that later steps read."""

# How a model came about; `assets.extra` is the SavedModel's own place for such files.
FACTS_FILE = "assets.extra/training.json"

# Below a training's log folder: its learning curves, a CSV and a PNG.
CURVES_FOLDER = "curves"

# Its weights, for a later run to start from (`train.start_from`).
WEIGHTS_FILE = "assets.extra/model.weights.h5"

# What the signatures of a SavedModel take, and how pictures become its input.
SIGNATURES_FILE = "assets.extra/signatures.json"

# Where the Pusher put a model.
PUSHED_FILE = "pushed.json"
