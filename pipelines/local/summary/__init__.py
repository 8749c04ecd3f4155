"""Tables that a run ends with."""
