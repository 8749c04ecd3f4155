"""Image faults: rows whose image is outside the root, missing or unreadable."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from components.faces.safe_open import is_outside
from components.ingest.images.image_index import ImageIndex, Kind
from components.ingest.images.near_names import NearNames
from components.ingest.line_faults import outside_root
from components.ingest.system_files import is_system_file
from components.ingest.table import as_mask, replace

UNREADABLE = "image_unreadable"
_WRONG_KIND = {
    Kind.DIRECTORY: "the name is a folder, expected a picture; give the image",
    Kind.LINK: "the name is a link, and links are not followed; put the file itself there, or set "
    "images.follow_links",
    Kind.OUTSIDE: "the name is a link that ends nowhere, or outside the image root and "
    "images.link_roots; correct it or name its folder there",
    Kind.SPECIAL: "the name is no regular file, expected a picture; give the image",
    Kind.CLOSED: "the name is a folder that cannot be listed, expected a picture",
}
_FOLDERS = {
    Kind.LINK: "the folder {!r} is a link, and links are not followed; put the folder itself "
    "there, or set images.follow_links",
    Kind.OUTSIDE: "the folder {!r} is a link that ends nowhere, outside the image root and "
    "images.link_roots, or at a folder that holds it; correct it or name its folder there",
    Kind.CLOSED: "the folder {!r} cannot be listed, expected a readable one; correct its "
    "permissions",
}
_MISSING = "no file of this name is in the image root; give the image or remove the row"
_SYSTEM_FILE = "the name is one of a system's own files, expected a picture; remove the row"
_NEAR = (
    "no file of this name is in the image root, but {!r}: the path differs in {}; correct the path "
    "or rename the file"
)


def add_outside(table: pa.Table) -> pa.Table:
    """Set the fault `path_outside_root` by the text of the paths; rows with a fault stay."""
    paths = table["path"]
    suspect = pc.starts_with(paths, "/")
    if _has_two_dots(paths):  # A search in each path takes ten times as long.
        suspect = pc.or_(suspect, pc.match_substring(paths, ".."))
    elif not pc.any(suspect).as_py():
        return table
    unchecked = pc.and_(suspect, table["fault"].is_null())
    rows = np.flatnonzero(unchecked.fill_null(False).to_numpy())
    outside = {row: path for row in rows if is_outside(path := paths[row].as_py())}
    if not outside:
        return table
    faults, details = table["fault"].to_numpy(), table["detail"].to_numpy()
    for row, path in outside.items():
        faults[row], details[row] = "path_outside_root", outside_root(path)
    return replace(table, fault=faults, detail=details)


def _has_two_dots(paths: pa.ChunkedArray) -> bool:
    """Whether the text of all paths, one after the other, has two dots in a row."""
    for chunk in paths.chunks:
        if (text := chunk.buffers()[2]) is not None:
            dots = np.frombuffer(text, np.uint8) == ord(".")
            if (dots[1:] & dots[:-1]).any():
                return True
    return False


def add_missing(table: pa.Table, images: ImageIndex) -> pa.Table:
    """Set the fault `image_missing` or `image_unreadable` on rows without a readable image.

    Args:
      table: manifest rows of one source; rows that already have a fault stay unchanged.
      images: index of that source's image root.
    """
    matches = pc.index_in(table["path"], images.names).combine_chunks()
    positions = np.asarray(matches.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)
    unchecked = as_mask(table["fault"].is_null().combine_chunks())
    missing = np.flatnonzero(unchecked & (positions < 0))
    kinds = np.append(images.kinds, Kind.FILE)[positions]  # -1: the appended one.
    wrong = np.flatnonzero(unchecked & (positions >= 0) & (kinds != Kind.FILE))
    if not len(missing) and not len(wrong):
        return table
    faults = table["fault"].to_numpy()
    details = table["detail"].to_numpy()
    for row in wrong:
        faults[row], details[row] = "image_unreadable", _WRONG_KIND[Kind(kinds[row])]
    faults[missing], details[missing] = _missing(table["path"].take(pa.array(missing)), images)
    return replace(table, fault=faults, detail=details)


def _missing(paths: pa.ChunkedArray, images: ImageIndex) -> tuple[list[str], list[str]]:
    """(faults, details) of paths that are not in the index."""
    blocked = _blocked_folders(images)
    faults, details = [], []
    names = _near_names(images) if len(paths) else None
    for path in paths.to_pylist():
        folder = _blocking_folder(path, blocked) if blocked else None
        faults.append("image_missing" if folder is None else "image_unreadable")
        if folder is not None:
            details.append(_FOLDERS[blocked[folder]].format(folder))
        elif is_system_file(path):
            details.append(_SYSTEM_FILE)
        else:
            near = names.find(path) if names else None
            details.append(_MISSING if near is None else _NEAR.format(*near))
    return faults, details


def _near_names(images: ImageIndex) -> NearNames:
    files = (images.kinds == Kind.FILE) & images.utf8
    return NearNames(images.names.filter(pa.array(files)).to_pylist())


def _blocked_folders(images: ImageIndex) -> dict[str, Kind]:
    positions = np.flatnonzero(np.isin(images.kinds, tuple(_FOLDERS)))
    return {images.names[position].as_py(): Kind(images.kinds[position]) for position in positions}


def _blocking_folder(path: str, blocked: dict[str, Kind]) -> str | None:
    """The folder above `path` that the index does not enter, if there is one."""
    parts = path.split("/")[:-1]
    folders = ("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
    return next((folder for folder in folders if folder in blocked), None)


def add_faults(table: pa.Table, faults: pa.Array, details: pa.Array) -> pa.Table:
    """Set the fault and its detail on the rows that have one; others stay unchanged."""
    wrong = faults.is_valid()
    if not pc.any(wrong).as_py():
        return table
    return replace(
        table,
        fault=pc.if_else(wrong, faults, table["fault"]),
        detail=pc.if_else(wrong, details, table["detail"]),
    )


def readable_names(tables: list[pa.Table]) -> pa.Array:
    """The distinct file names of the rows without a fault, sorted."""
    faultless = [table.filter(table["fault"].is_null()) for table in tables]
    paths = [chunk for table in faultless for chunk in table["path"].chunks]
    names = pc.unique(pa.chunked_array(paths, pa.string()))
    return names.take(pc.sort_indices(names))


def positions_in(names: pa.Array, table: pa.Table) -> npt.NDArray[np.int64]:
    """The position of each faultless row's path in `names`, -1 for other rows."""
    matches = pc.index_in(table["path"], names)
    positions = matches.fill_null(-1).to_numpy().astype(np.int64)
    return np.where(table["fault"].is_null().to_numpy(), positions, -1)
