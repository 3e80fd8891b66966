"""The bell: Redis holds ids of runs and nothing that would be missed.

Besides worker/, this package is the only importer of rq and redis.
"""
