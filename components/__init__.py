"""One folder a step; `faces/` is the image library under them."""
