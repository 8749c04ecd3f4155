"""The steps by name, in the order they run; known here without importing TFX."""

from schemas.config import Config

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

TUNER = "Tuner"  # Runs before the Trainer, where the config asks for a sweep.


def node_names(config: Config) -> tuple[str, ...]:
    """The steps of one config's run."""
    if not config.tune.trials:
        return NODES
    place = NODES.index("Trainer")
    return (*NODES[:place], TUNER, *NODES[place:])


# The folder of trainings that were interrupted, below the root of the artifacts: it stays the same
# from run to run, where a step's own folder is new each time.
UNFINISHED = ".unfinished"
