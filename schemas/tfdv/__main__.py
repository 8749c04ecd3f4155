"""Writes the schema of every class table: `python -m schemas.tfdv FOLDER`."""

import sys
from pathlib import Path

from schemas.labels.classes import AGE_TABLES
from schemas.tfdv.face_schema import face_schema

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for table, classes in AGE_TABLES.items():
    (folder / f"{table}.pbtxt").write_text(face_schema(classes), encoding="utf-8")
