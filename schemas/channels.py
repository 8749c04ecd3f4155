"""How a step names the channels that it takes once a fold."""


def numbered(key: str, count: int) -> list[str]:
    """The keys of `count` channels of one kind: `model_0`, `model_1`..."""
    return [f"{key}_{number}" for number in range(count)]
