"""The same pipeline as a KFP v2 package."""
