"""The image library: safe reading, decoding, resizing, quality. It imports no component."""
