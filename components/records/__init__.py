"""The stored faces as later steps read them: TFRecord files of a fold, and their number."""
