"""How rows become objects: the types of columns, said once, and the base of all models."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.operators import OperatorType

Json = Any
"""Whatever JSON can say: a column of this type holds dicts, lists, texts, numbers, truth values and None."""

ONLY_ON = "jobdeck.only_on"
"""Of an index, in its `info`: the only database that has it."""


class UTCDateTime(sa.types.TypeDecorator[datetime]):
    """An aware datetime in UTC; SQLite, which knows no zones, keeps it without one."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What a column of this type holds."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


AS_WORDS: Any = {
    "native_enum": False,
    "length": 20,
    # By default SQLAlchemy would store the members' names.
    "values_callable": lambda kind: [member.value for member in kind],
}
"""How members of a StrEnum are kept."""


class Words(sa.Enum):
    """Members of a StrEnum that conditions say as they are, and not as parameters.

    SQLite takes a statement for one that it has to plan again, each time that it is given a parameter by which it could
    have chosen an index of some rows only; that takes longer than carrying the statement out.
    """

    class Comparator(sa.Enum.Comparator):
        """Conditions on such a column."""

        def operate(self, op: OperatorType, *other: Any, **options: Any) -> sa.ColumnElement[Any]:
            return super().operate(op, *map(_said, other), **options)

    comparator_factory = Comparator


def _said(value: Any) -> Any:
    match value:
        case StrEnum():
            return sa.literal_column(f"'{value.value}'", sa.String())
        case set() | frozenset():
            return [_said(one) for one in sorted(value)]
        case list() | tuple():
            return [_said(one) for one in value]
        case _:
            return value


class Base(DeclarativeBase):
    """What all models share: constraint names that migrations can rely on."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)

if TYPE_CHECKING:

    class Model(Base):
        """What type checkers should take the base of all models for: Flask-SQLAlchemy makes it while it runs."""

        __abstract__ = True
else:
    Model = db.Model

Model.registry.update_type_annotation_map(
    {
        datetime: UTCDateTime(),
        str: sa.Text(),
        Json: sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
        StrEnum: sa.Enum(StrEnum, **AS_WORDS),
    }
)


def utcnow() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def is_sqlite() -> bool:
    """Whether this application keeps its rows in SQLite."""
    return db.engine.dialect.name == "sqlite"
