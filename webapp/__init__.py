"""Jobdeck: run Python jobs from a web page.

Importing this package costs nothing, so that authors' files can say `from webapp.jobs import Job`.
"""
