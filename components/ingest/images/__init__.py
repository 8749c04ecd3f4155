"""Image folders: index, faults and contents."""
