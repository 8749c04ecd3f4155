"""TFDV anomalies in words."""

from collections.abc import Mapping

from tensorflow_metadata.proto.v0 import anomalies_pb2


def describe(split: str, anomalies: anomalies_pb2.Anomalies) -> list[str]:
    """One sentence an anomaly: `fold_2: age: Unexpected string values. Examples contain ...`."""
    found = [
        f"{split}: {feature or 'the whole split'}: {info.short_description}. {info.description}"
        for feature, info in sorted(anomalies.anomaly_info.items())
    ]
    if anomalies.HasField("dataset_anomaly_info"):
        info = anomalies.dataset_anomaly_info
        found.append(f"{split}: {info.short_description}. {info.description}")
    return found


def verdict(by_split: Mapping[str, anomalies_pb2.Anomalies]) -> str | None:
    """All anomalies of all splits as one message; None where there are none."""
    found = [line for split in sorted(by_split) for line in describe(split, by_split[split])]
    if not found:
        return None
    return (
        f"the examples break the schema in {len(found)} place(s): {' | '.join(found)} "
        "Mend the data, or schemas/tfdv/faces.pbtxt if the data are right."
    )
