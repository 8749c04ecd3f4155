"""The model zoo as data: what can be said of a model without importing Keras.

The builders stand in `components/trainer/models/`; a test holds both tables together.
"""

from typing import NamedTuple


class ZooModel(NamedTuple):
    """One model of the zoo, as published."""

    side: int  # Default input height and width, in pixels.
    heads: tuple[tuple[str, int], ...]  # (head name, classes) of the published description.
    min_side: int  # Smallest input side for which every layer still has an output.
    pretrained: bool = False  # The base starts from ImageNet weights.


AGE_8 = (("age", 8),)
GENDER_2 = (("gender", 2),)

MODELS: dict[str, ZooModel] = {
    "xception": ZooModel(128, AGE_8, 1),
    "inception_v3": ZooModel(299, GENDER_2, 75, pretrained=True),
    "inception_v3_tuned": ZooModel(299, GENDER_2, 75, pretrained=True),
    "cnn3": ZooModel(256, GENDER_2, 8),
    "cnn4": ZooModel(256, GENDER_2, 16),
    "cnn5": ZooModel(256, GENDER_2, 32),
    "levi_hassner": ZooModel(227, AGE_8, 37),
    "utk_cnn": ZooModel(48, (("race", 5),), 16),
    "mlp": ZooModel(64, (("age", 8), ("gender", 2)), 1),
}
