"""Which rows have an image that may be read, and what is wrong with the others."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from components.ingest.images.image_index import Kind, Walk
from components.ingest.table import as_mask, replace

_WRONG_KIND = {
    Kind.DIRECTORY: "a folder stands at the name, expected a picture; give the image",
    Kind.LINK: "a link stands at the name, and links are not followed; put the file itself there",
    Kind.SPECIAL: "no regular file stands at the name, expected a picture; give the image",
    Kind.CLOSED: "a folder that cannot be listed stands at the name, expected a picture",
}
_FOLDERS = {
    Kind.LINK: "the folder {!r} is a link, and links are not followed; put the folder itself there",
    Kind.CLOSED: "the folder {!r} cannot be listed, expected a readable one; mend its permissions",
}
_MISSING = "no file of this name is in the image root; give the image or remove the row"
_NEAR = "the image root has no such name, but {!r}, which differs in case or Unicode form; rename"


def find_images(table: pa.Table, walk: Walk) -> pa.Table:
    """Give rows without a readable image a fault: `image_missing` or `image_unreadable`.

    Args:
      table: manifest rows of one source; those that have a fault already stay as they are.
      walk: of that source's image root.
    """
    found = pc.index_in(table["path"], walk.names).combine_chunks()
    place = np.asarray(found.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)
    open_rows = as_mask(table["fault"].is_null().combine_chunks())
    missing = np.flatnonzero(open_rows & (place < 0))
    kinds = np.append(walk.kinds, Kind.FILE)[place]  # -1: the appended one.
    wrong = np.flatnonzero(open_rows & (place >= 0) & (kinds != Kind.FILE))
    if not len(missing) and not len(wrong):
        return table
    faults = table["fault"].to_numpy()
    details = table["detail"].to_numpy()
    for row in wrong:
        faults[row], details[row] = "image_unreadable", _WRONG_KIND[Kind(kinds[row])]
    faults[missing], details[missing] = _missing(table["path"].take(pa.array(missing)), walk)
    return replace(table, fault=faults, detail=details)


def _missing(paths: pa.ChunkedArray, walk: Walk) -> tuple[list[str], list[str]]:
    """(fault, detail) of names that the walk has not."""
    near = _near_misses(paths, walk)
    blocked = _blocked_folders(walk)
    faults, details = [], []
    for path, other in zip(paths.to_pylist(), near, strict=True):
        folder = _blocking(path, blocked) if blocked else None
        faults.append("image_missing" if folder is None else "image_unreadable")
        if folder is not None:
            details.append(_FOLDERS[blocked[folder]].format(folder))
        else:
            details.append(_MISSING if other is None else _NEAR.format(other))
    return faults, details


def _blocked_folders(walk: Walk) -> dict[str, Kind]:
    places = np.flatnonzero(np.isin(walk.kinds, tuple(_FOLDERS)))
    return {walk.names[place].as_py(): Kind(walk.kinds[place]) for place in places}


def _blocking(path: str, blocked: dict[str, Kind]) -> str | None:
    """The folder above `path` that the walk did not enter, if there is one."""
    parts = path.split("/")[:-1]
    folders = ("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
    return next((folder for folder in folders if folder in blocked), None)


def _near_misses(paths: pa.ChunkedArray, walk: Walk) -> list[str | None]:
    """For each name, the first one of the walk that differs only in case or Unicode form."""
    if not len(paths):
        return []
    places = pc.index_in(_plain(paths), _plain(walk.names))
    near: list[str | None] = pa.chunked_array([walk.names]).take(places).to_pylist()
    return near


def _plain(names: pa.Array) -> pa.Array:
    return pc.utf8_lower(pc.utf8_normalize(names, form="NFC"))


def add_unreadable(table: pa.Table, details: pa.Array) -> pa.Table:
    """`image_unreadable` on the rows that have a detail; the others stay as they are."""
    wrong = details.is_valid()
    if not pc.any(wrong).as_py():
        return table
    return replace(
        table,
        fault=pc.if_else(wrong, "image_unreadable", table["fault"]),
        detail=pc.if_else(wrong, details, table["detail"]),
    )


def readable_names(tables: list[pa.Table]) -> pa.Array:
    """The names of files to read, each once, sorted: of the rows that have no fault."""
    paths = pa.chunked_array(
        [chunk for table in tables for chunk in _whole(table)["path"].chunks], pa.string()
    )
    names = pc.unique(paths)
    return names.take(pc.sort_indices(names))


def _whole(table: pa.Table) -> pa.Table:
    return table.filter(table["fault"].is_null())


def places_of(table: pa.Table, names: pa.Array) -> npt.NDArray[np.int64]:
    """The place of each faultless row's path in `names`, -1 for other rows."""
    found = pc.index_in(table["path"], names)
    places = found.fill_null(-1).to_numpy().astype(np.int64)
    return np.where(table["fault"].is_null().to_numpy(), places, -1)
