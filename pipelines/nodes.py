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
