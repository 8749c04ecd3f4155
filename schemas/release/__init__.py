"""The release of a model: its blessing, a person's approval, and the log of what was pushed."""
