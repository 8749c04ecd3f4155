"""The steps by name, in the order they run; known here without importing TFX."""

NODES = (
    "FaceIngest",
    "LabelValidator",
    "FaceExampleGen",
    "StatisticsGen",
    "ImportSchemaGen",
    "ExampleValidator",
    "AnomalyGate",
    "Transform",
    "Trainer",
    "Evaluator",
    "BiasReview",
    "Pusher",
)

# The folder of trainings that were interrupted, below the root of the artifacts: it stays the same
# from run to run, where a step's own folder is new each time.
UNFINISHED = ".unfinished"
