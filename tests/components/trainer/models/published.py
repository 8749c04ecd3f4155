"""Facts of the nine published models; a model that is added later needs no entry."""

from components.trainer.models.builders import ParameterCount

# As published (DESIGN.md, section 8); of mlp and of the trainable part of xception, the
# arithmetic stands in test_mlp.py and test_xception.py.
GOLDEN = {
    "xception": ParameterCount(2_738_240, 2_729_952),
    "inception_v3": ParameterCount(21_806_882, 4_098),
    "inception_v3_tuned": ParameterCount(22_065_314, 22_030_882),
    "cnn3": ParameterCount(8_412_578, 8_412_578),
    "cnn4": ParameterCount(4_292_130, 4_292_130),
    "cnn5": ParameterCount(2_490_146, 2_490_146),
    "levi_hassner": ParameterCount(51_980_936, 51_980_232),
    "utk_cnn": ParameterCount(1_136_085, 1_136_085),
    "mlp": ParameterCount(790_602, 790_602),
}

# Last feature map at the published side, (height, width, channels).
LAST_FEATURES = {
    "xception": ("exit_sep_relu", (8, 8, 1024)),  # 128, halved four times.
    "inception_v3": ("base_mixed10", (8, 8, 2048)),  # Table 1 of arXiv 1512.00567.
    "inception_v3_tuned": ("base_mixed10", (8, 8, 2048)),
    "cnn3": ("block3_pool", (32, 32, 64)),  # 256, halved three times.
    "cnn4": ("block4_pool", (16, 16, 128)),
    "cnn5": ("block5_pool", (8, 8, 256)),
    "levi_hassner": ("stage3_pool", (16, 16, 384)),  # 227, 221, 110, 106, 52, 50, 16.
    "utk_cnn": ("block2_pool", (9, 9, 48)),  # 48, 46, 44, 22, 20, 18, 9.
    "mlp": ("pixels_flatten", (12_288,)),  # 64 * 64 * 3.
}

# Dropout layers, where there are any.
DROPOUTS = {"xception": 1, "inception_v3_tuned": 2, "levi_hassner": 2}

# Values that reach the dense layers at the smallest side, of the models that have such layers.
DENSE_FEATURES = {
    "inception_v3_tuned": 2048,
    "cnn3": 64,
    "cnn4": 128,
    "cnn5": 256,
    "levi_hassner": 384,
    "utk_cnn": 48,
    "mlp": 3,
}
