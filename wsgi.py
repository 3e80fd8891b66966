"""The application object; gunicorn, `flask` and the worker load it."""

from webapp.app import create_app

app = create_app()
