"""Rejection reasons: stable names, in order of precedence (one row, one reason)."""

REASONS = (
    "malformed_line",
    "malformed_name",
    "repeat_of",
    "conflicting_labels",
    "fold_conflict",
    "path_outside_root",
    "image_missing",
    "mixed_gender_photo",
    "age_missing",
    "age_unknown_text",
    "age_spans_classes",
    "age_between_classes",
    "gender_missing",
    "gender_unknown",
    "race_missing",
    "race_unknown",
    "near_repeat",
    "image_too_large",
    "image_unreadable",
    "image_too_small",
    "no_face",
)

# The steps that reject, as Rejects names them in `stage`.
STAGE_LABELS = "label_validator"
STAGE_IMAGES = "example_gen"
