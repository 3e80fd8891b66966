"""The log of a run as people read it: in windows, folded, narrowed, searched, followed and taken along."""
