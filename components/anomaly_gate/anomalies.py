"""TFDV anomalies as text."""

from collections.abc import Mapping

from tensorflow_metadata.proto.v0 import anomalies_pb2


def describe(split: str, anomalies: anomalies_pb2.Anomalies) -> list[str]:
    """One sentence per anomaly: `fold_2: age: Unexpected string values. Examples contain ...`."""
    lines = [
        f"{split}: {feature or 'the whole split'}: {info.short_description}. {info.description}"
        for feature, info in sorted(anomalies.anomaly_info.items())
    ]
    if anomalies.HasField("dataset_anomaly_info"):
        info = anomalies.dataset_anomaly_info
        lines.append(f"{split}: {info.short_description}. {info.description}")
    return lines


def verdict(by_split: Mapping[str, anomalies_pb2.Anomalies]) -> str | None:
    """All anomalies of all splits as one message; None if there are none."""
    lines = [line for split in sorted(by_split) for line in describe(split, by_split[split])]
    if not lines:
        return None
    places = "1 place" if len(lines) == 1 else f"{len(lines)} places"
    return (
        f"the examples break the schema in {places}: {' | '.join(lines)} "
        "Correct the data, or schemas/tfdv/faces.pbtxt if the data are right."
    )
