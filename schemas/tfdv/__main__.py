"""Writes the schema of every pair of class tables: `python -m schemas.tfdv FOLDER`."""

import sys
from pathlib import Path

from schemas.labels.classes import AGE_TABLES, RACE_TABLES
from schemas.tfdv.face_schema import face_schema, schema_name

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for table, classes in AGE_TABLES.items():
    for races, names in RACE_TABLES.items():
        text = face_schema(classes, tuple(names))
        (folder / schema_name(table, races)).write_text(text, encoding="utf-8")
