"""The pipeline as a KFP v2 package."""
