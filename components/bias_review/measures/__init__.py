"""Numbers of a group of faces, and how sure they are."""
