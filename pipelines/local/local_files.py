"""The calls of `tfx.dsl.io.fileio` that read, on local paths, without importing TFX."""

import os
from types import SimpleNamespace

LOCAL_FILES = SimpleNamespace(
    open=open, exists=os.path.exists, isdir=os.path.isdir, listdir=os.listdir
)
