"""A process of its own, in which an app has brought a kind along: models are of the whole process, and stay.

`python -m tests.inventory.with_an_app DATA_DIR` says as JSON what became of its objects.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, relationship

from tests.product import settings_for
from webapp.accounts import service as accounts
from webapp.app import create_app
from webapp.changes.models import Change
from webapp.db import db
from webapp.errors import InvalidInputs, WebappError
from webapp.inventory import Location, LocationType, Status, kinds, service
from webapp.inventory.models.base import Object, choice_column, name_column, reference


class Circuit(Object):
    """A line from somewhere."""

    __table_args__ = (sa.UniqueConstraint("location_id", "name"),)

    name: Mapped[str] = name_column()
    location_id: Mapped[UUID] = reference(Location.id)
    location: Mapped[Location] = relationship(Location)
    status_id: Mapped[UUID] = reference(Status.id)
    status: Mapped[Status] = relationship(Status)
    type: Mapped[str] = choice_column("fibre", "copper", default="fibre")

    def __str__(self) -> str:
        return self.name


KIND = kinds.ObjectKind(
    *("app.circuit", Circuit, "circuit", "circuits", "app/circuits"),
    columns=("location", "status", "type"),
    search=(Circuit.name,),
    order=(Circuit.name,),
)


def refusal(act, *arguments):
    """What act is refused with."""
    try:
        act(*arguments)
    except InvalidInputs as wrong:
        return wrong.errors
    except WebappError as problem:
        return str(problem)
    return None


def story():
    """What became of a circuit."""
    admin, sam = accounts.named("admin"), accounts.named("sam")
    service.create(kinds.of(LocationType), {"name": "Site"}, admin)
    site = service.create(kinds.of(Location), {"name": "ams01", "location_type": "Site", "status": "Active"}, admin)
    values = {"name": "line 1", "location": "ams01", "status": "Active"}
    row = service.create(KIND, values, admin)
    told = {
        "made": [row.location.name, row.type],
        "second": refusal(service.create, KIND, values, admin),
        "lacking": refusal(service.create, KIND, {"name": "line 2"}, admin),
        "wrong": refusal(service.create, KIND, {**values, "name": "x", "type": "wood"}, admin),
        "not allowed": refusal(service.create, KIND, values, sam),
    }
    service.change(KIND, [row], {"type": "copper"}, admin)
    told["needed"] = refusal(service.delete, kinds.of(Location), [site], admin)
    service.delete(KIND, [row], admin)
    service.delete(kinds.of(Location), [site], admin)
    changes = db.session.scalars(sa.select(Change).where(Change.kind == KIND.name).order_by(Change.number))
    told["changes"] = [(change.action, change.after and change.after.get("type")) for change in changes]
    return told


if __name__ == "__main__":
    app = create_app(settings_for(Path(sys.argv[1])))
    with app.app_context():
        kinds.register(app, KIND)
        Circuit.__table__.create(db.engine)
        print(json.dumps(story()))
