"""Where the pages of runs are: their blueprint, which several rooms fill, and the address of one run."""

from __future__ import annotations

from flask import Blueprint

from webapp.ui.pages import LARGEST

bp = Blueprint("runs", __name__)

RUN = f"/runs/<int(max={LARGEST}):number>"
