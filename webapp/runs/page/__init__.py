"""The page of a run: its frame, and the tabs in it but the log."""
