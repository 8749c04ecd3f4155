"""Writes the schema of every class table: `python -m schemas.tfdv FOLDER`."""

import sys
from pathlib import Path

from schemas.tfdv.face_schema import write_schemas

write_schemas(Path(sys.argv[1]))
