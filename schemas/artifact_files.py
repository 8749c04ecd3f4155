"""Names of files inside artifacts that later steps read."""

# A TrainingRecord; `assets.extra` is reserved for such files in a SavedModel.
TRAINING_RECORD_FILE = "assets.extra/training.json"

# In the log folder of a training: learning curves as CSV and PNG.
CURVES_FOLDER = "curves"

# Weights from which a later run may start (`train.start_from`).
WEIGHTS_FILE = "assets.extra/model.weights.h5"

# The inputs of a SavedModel's signatures, and the preparation of images for them.
SIGNATURES_FILE = "assets.extra/signatures.json"

# The page of a review, and the same as plain values.
PAGE_FILE = "index.html"
REVIEW_FILE = "review.json"

# The version's folder that the Pusher wrote, and its files.
PUSHED_FILE = "pushed.json"
