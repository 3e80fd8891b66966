"""The process in which a job's code runs, and the one that forks it.

Nothing here needs more than the kit and the standard library: for what is in memory when a process is forked, each
fork pays, at its beginning and at its end.
"""
