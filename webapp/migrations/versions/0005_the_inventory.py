"""The inventory: the objects that jobs act on, and what dry runs would have changed."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid5

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from webapp.db import UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
TABLES = (
    "role",
    "status",
    "tag",
    "location_type",
    "location",
    "rack",
    "vlan",
    "prefix",
    "ip_address",
    "manufacturer",
    "device_type",
    "platform",
    "device",
    "interface",
    "console_port",
    "console_server_port",
    "ip_address_to_interface",
    "cable",
    "cable_end",
    "cable_tag",
    "location_tag",
    "rack_tag",
    "vlan_tag",
    "prefix_tag",
    "ip_address_tag",
    "device_tag",
    "interface_tag",
    "planned_change",
)
"""In the order in which they are made."""
STATUSES = {
    "Active": "4caf50",
    "Planned": "00bcd4",
    "Staged": "2196f3",
    "Reserved": "9c27b0",
    "Connected": "4caf50",
    "Offline": "ffc107",
    "Maintenance": "ff9800",
    "Failed": "f44336",
    "Deprecated": "795548",
    "Decommissioning": "607d8b",
}
"""What every installation begins with, and their colours."""
NAMESPACE = UUID("5f0ad0b2-6a7c-4c58-9a0e-1f3f3f5a3c05")


def upgrade() -> None:
    _add_labels()
    _add_places()
    _add_addresses()
    _add_devices()
    _add_ports()
    _add_cables()
    _add_tags()
    _add_planned_changes()
    _widen_changes()
    _add_statuses()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    for index in ("ix_change_at", "ix_change_request_id"):
        op.drop_index(index, "change")
    for column in ("request_id", "context"):
        op.drop_column("change", column)


def _of_every_object() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
    ]


def _find_beginnings(table: str, column: str) -> None:
    ops = {column: "varchar_pattern_ops"}
    op.create_index(f"ix_{table}_{column}_begins", table, [column], postgresql_ops=ops)


def _add_statuses() -> None:
    columns = [sa.column(name) for name in ("name", "color", "description")]
    id, at = sa.column("id", sa.Uuid()), [sa.column(name, UTCDateTime()) for name in ("created_at", "updated_at")]
    status = sa.table("status", id, *at, *columns, sa.column("content_types", JSON))
    now = datetime.now(UTC)
    common = {"created_at": now, "updated_at": now, "description": "", "content_types": []}
    rows = [{"id": uuid5(NAMESPACE, name), "name": name, "color": color, **common} for name, color in STATUSES.items()]
    op.bulk_insert(status, rows)


def _add_labels() -> None:
    op.create_table(
        "role",
        *_of_every_object(),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("color", sa.String(length=6), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("content_types", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_role"),
        sa.UniqueConstraint("name", name="uq_role_name"),
    )
    op.create_table(
        "status",
        *_of_every_object(),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("color", sa.String(length=6), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("content_types", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_status"),
        sa.UniqueConstraint("name", name="uq_status_name"),
    )
    op.create_table(
        "tag",
        *_of_every_object(),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("color", sa.String(length=6), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("content_types", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tag"),
        sa.UniqueConstraint("name", name="uq_tag_name"),
    )


def _add_places() -> None:
    op.create_table(
        "location_type",
        *_of_every_object(),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("nestable", sa.Boolean(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["location_type.id"], name="fk_location_type_parent_id_location_type", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_location_type"),
        sa.UniqueConstraint("name", name="uq_location_type_name"),
    )
    op.create_index("ix_location_type_parent_id", "location_type", ["parent_id"])
    op.create_table(
        "location",
        *_of_every_object(),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("location_type_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("status_id", sa.Uuid(), nullable=False),
        sa.Column("facility", sa.String(length=255), nullable=False),
        sa.Column("physical_address", sa.Text(), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_location_not_in_itself")),
        sa.ForeignKeyConstraint(
            ["location_type_id"],
            ["location_type.id"],
            name="fk_location_location_type_id_location_type",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["location.id"], name="fk_location_parent_id_location", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["status_id"], ["status.id"], name="fk_location_status_id_status", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name="pk_location"),
        sa.UniqueConstraint("parent_id", "name", name="uq_location_parent_id_name"),
    )
    op.create_index("ix_location_location_type_id", "location", ["location_type_id"])
    op.create_index("ix_location_parent_id", "location", ["parent_id"])
    op.create_index("ix_location_status_id", "location", ["status_id"])
    op.create_index(
        "uq_location_name_at_top",
        "location",
        ["name"],
        unique=True,
        sqlite_where=sa.text("parent_id IS NULL"),
        postgresql_where=sa.text("parent_id IS NULL"),
    )
    op.create_table(
        "rack",
        *_of_every_object(),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("status_id", sa.Uuid(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=True),
        sa.Column("u_height", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=30), nullable=False),
        sa.Column("serial", sa.String(length=255), nullable=False),
        sa.Column("asset_tag", sa.String(length=255), nullable=True),
        sa.Column("comments", sa.Text(), nullable=False),
        sa.CheckConstraint("u_height BETWEEN 1 AND 100", name=op.f("ck_rack_u_height")),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name="fk_rack_location_id_location", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name="fk_rack_role_id_role", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["status_id"], ["status.id"], name="fk_rack_status_id_status", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name="pk_rack"),
        sa.UniqueConstraint("asset_tag", name="uq_rack_asset_tag"),
        sa.UniqueConstraint("location_id", "name", name="uq_rack_location_id_name"),
    )
    op.create_index("ix_rack_location_id", "rack", ["location_id"])
    op.create_index("ix_rack_role_id", "rack", ["role_id"])
    op.create_index("ix_rack_status_id", "rack", ["status_id"])


def _add_addresses() -> None:
    op.create_table(
        "vlan",
        *_of_every_object(),
        sa.Column("vid", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("status_id", sa.Uuid(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=True),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.CheckConstraint("vid BETWEEN 1 AND 4094", name=op.f("ck_vlan_vid")),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name="fk_vlan_location_id_location", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name="fk_vlan_role_id_role", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["status_id"], ["status.id"], name="fk_vlan_status_id_status", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name="pk_vlan"),
        sa.UniqueConstraint("location_id", "vid", name="uq_vlan_location_id_vid"),
    )
    op.create_index("ix_vlan_location_id", "vlan", ["location_id"])
    op.create_index("ix_vlan_role_id", "vlan", ["role_id"])
    op.create_index("ix_vlan_status_id", "vlan", ["status_id"])
    op.create_table(
        "prefix",
        *_of_every_object(),
        sa.Column("prefix", sa.String(length=43), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("first", sa.LargeBinary(16), nullable=False),
        sa.Column("last", sa.LargeBinary(16), nullable=False),
        sa.Column("length", sa.SmallInteger(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("type", sa.String(length=30), nullable=False),
        sa.Column("status_id", sa.Uuid(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("vlan_id", sa.Uuid(), nullable=True),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.CheckConstraint("first <= last", name=op.f("ck_prefix_order")),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name="fk_prefix_location_id_location", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["prefix.id"], name="fk_prefix_parent_id_prefix", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name="fk_prefix_role_id_role", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["status_id"], ["status.id"], name="fk_prefix_status_id_status", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["vlan_id"], ["vlan.id"], name="fk_prefix_vlan_id_vlan", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_prefix"),
        sa.UniqueConstraint("id", "first", "last", name="uq_prefix_id_first_last"),
        sa.UniqueConstraint("version", "first", "length", name="uq_prefix_version_first_length"),
    )
    op.create_index("ix_prefix_children", "prefix", ["parent_id", "version", "first", "length"])
    op.create_index("ix_prefix_location_id", "prefix", ["location_id"])
    op.create_index("ix_prefix_prefix", "prefix", ["prefix"])
    _find_beginnings("prefix", "prefix")
    op.create_index("ix_prefix_role_id", "prefix", ["role_id"])
    op.create_index("ix_prefix_status_id", "prefix", ["status_id"])
    op.create_index("ix_prefix_version_first_last", "prefix", ["version", "first", "last"])
    op.create_index("ix_prefix_vlan_id", "prefix", ["vlan_id"])
    op.create_table(
        "ip_address",
        *_of_every_object(),
        sa.Column("address", sa.String(length=43), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("host", sa.LargeBinary(16), nullable=False),
        sa.Column("mask_length", sa.SmallInteger(), nullable=False),
        sa.Column("gap_after", sa.Boolean(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("parent_first", sa.LargeBinary(16), nullable=True),
        sa.Column("parent_last", sa.LargeBinary(16), nullable=True),
        sa.Column("outside_allowed", sa.Boolean(), nullable=False),
        sa.Column("type", sa.String(length=30), nullable=False),
        sa.Column("status_id", sa.Uuid(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=True),
        sa.Column("dns_name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.CheckConstraint(
            "parent_id IS NULL OR outside_allowed OR host BETWEEN parent_first AND parent_last",
            name=op.f("ck_ip_address_inside"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id", "parent_first", "parent_last"],
            ["prefix.id", "prefix.first", "prefix.last"],
            name="fk_ip_address_parent_id_parent_first_parent_last_prefix",
            onupdate="CASCADE",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name="fk_ip_address_role_id_role", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["status_id"], ["status.id"], name="fk_ip_address_status_id_status", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ip_address"),
        sa.UniqueConstraint("version", "host", name="uq_ip_address_version_host"),
    )
    op.create_index("ix_ip_address_address", "ip_address", ["address"])
    _find_beginnings("ip_address", "address")
    op.create_index("ix_ip_address_gaps", "ip_address", ["version", "gap_after", "host"])
    op.create_index("ix_ip_address_parent_id", "ip_address", ["parent_id"])
    op.create_index("ix_ip_address_role_id", "ip_address", ["role_id"])
    op.create_index("ix_ip_address_status_id", "ip_address", ["status_id"])


def _add_devices() -> None:
    op.create_table(
        "manufacturer",
        *_of_every_object(),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_manufacturer"),
        sa.UniqueConstraint("name", name="uq_manufacturer_name"),
    )
    op.create_table(
        "device_type",
        *_of_every_object(),
        sa.Column("manufacturer_id", sa.Uuid(), nullable=False),
        sa.Column("model", sa.String(length=100), nullable=False),
        sa.Column("part_number", sa.String(length=255), nullable=False),
        sa.Column("u_height", sa.Integer(), nullable=False),
        sa.Column("is_full_depth", sa.Boolean(), nullable=False),
        sa.Column("comments", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["manufacturer_id"],
            ["manufacturer.id"],
            name="fk_device_type_manufacturer_id_manufacturer",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_device_type"),
        sa.UniqueConstraint("manufacturer_id", "model", name="uq_device_type_manufacturer_id_model"),
    )
    op.create_index("ix_device_type_manufacturer_id", "device_type", ["manufacturer_id"])
    op.create_table(
        "platform",
        *_of_every_object(),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("manufacturer_id", sa.Uuid(), nullable=True),
        sa.Column("network_driver", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["manufacturer_id"],
            ["manufacturer.id"],
            name="fk_platform_manufacturer_id_manufacturer",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_platform"),
        sa.UniqueConstraint("name", name="uq_platform_name"),
    )
    op.create_index("ix_platform_manufacturer_id", "platform", ["manufacturer_id"])
    op.create_table(
        "device",
        *_of_every_object(),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("device_type_id", sa.Uuid(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.Column("status_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("rack_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("face", sa.String(length=30), nullable=False),
        sa.Column("platform_id", sa.Uuid(), nullable=True),
        sa.Column("serial", sa.String(length=255), nullable=False),
        sa.Column("asset_tag", sa.String(length=255), nullable=True),
        sa.Column("primary_ip4_id", sa.Uuid(), nullable=True),
        sa.Column("primary_ip6_id", sa.Uuid(), nullable=True),
        sa.Column("comments", sa.Text(), nullable=False),
        sa.CheckConstraint("position IS NULL OR position BETWEEN 1 AND 100", name=op.f("ck_device_position")),
        sa.CheckConstraint("position IS NULL OR rack_id IS NOT NULL", name=op.f("ck_device_position_in_rack")),
        sa.ForeignKeyConstraint(
            ["device_type_id"], ["device_type.id"], name="fk_device_device_type_id_device_type", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name="fk_device_location_id_location", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name="fk_device_platform_id_platform", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["primary_ip4_id"], ["ip_address.id"], name="fk_device_primary_ip4_id_ip_address", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["primary_ip6_id"], ["ip_address.id"], name="fk_device_primary_ip6_id_ip_address", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["rack_id"], ["rack.id"], name="fk_device_rack_id_rack", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name="fk_device_role_id_role", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["status_id"], ["status.id"], name="fk_device_status_id_status", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name="pk_device"),
        sa.UniqueConstraint("asset_tag", name="uq_device_asset_tag"),
        sa.UniqueConstraint("location_id", "name", name="uq_device_location_id_name"),
        sa.UniqueConstraint("rack_id", "position", "face", name="uq_device_rack_id_position_face"),
    )
    op.create_index("ix_device_device_type_id", "device", ["device_type_id"])
    op.create_index("ix_device_location_id", "device", ["location_id"])
    op.create_index("ix_device_name", "device", ["name"])
    _find_beginnings("device", "name")
    op.create_index("ix_device_platform_id", "device", ["platform_id"])
    op.create_index("ix_device_primary_ip4_id", "device", ["primary_ip4_id"])
    op.create_index("ix_device_primary_ip6_id", "device", ["primary_ip6_id"])
    op.create_index("ix_device_rack_id", "device", ["rack_id"])
    op.create_index("ix_device_role_id", "device", ["role_id"])
    op.create_index("ix_device_status_id", "device", ["status_id"])


def _add_ports() -> None:
    op.create_table(
        "interface",
        *_of_every_object(),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("type", sa.String(length=30), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("status_id", sa.Uuid(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=True),
        sa.Column("lag_id", sa.Uuid(), nullable=True),
        sa.Column("mtu", sa.Integer(), nullable=True),
        sa.Column("mac_address", sa.String(length=255), nullable=False),
        sa.Column("mgmt_only", sa.Boolean(), nullable=False),
        sa.Column("mode", sa.String(length=30), nullable=False),
        sa.Column("untagged_vlan_id", sa.Uuid(), nullable=True),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.CheckConstraint("lag_id <> id", name=op.f("ck_interface_not_in_itself")),
        sa.CheckConstraint("mtu IS NULL OR mtu BETWEEN 1 AND 65536", name=op.f("ck_interface_mtu")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_interface_device_id_device", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["lag_id"], ["interface.id"], name="fk_interface_lag_id_interface", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name="fk_interface_role_id_role", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["status_id"], ["status.id"], name="fk_interface_status_id_status", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["untagged_vlan_id"], ["vlan.id"], name="fk_interface_untagged_vlan_id_vlan", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_interface"),
        sa.UniqueConstraint("device_id", "name", name="uq_interface_device_id_name"),
    )
    op.create_index("ix_interface_device_id", "interface", ["device_id"])
    op.create_index("ix_interface_lag_id", "interface", ["lag_id"])
    _find_beginnings("interface", "name")
    op.create_index("ix_interface_role_id", "interface", ["role_id"])
    op.create_index("ix_interface_status_id", "interface", ["status_id"])
    op.create_index("ix_interface_untagged_vlan_id", "interface", ["untagged_vlan_id"])
    op.create_table(
        "console_port",
        *_of_every_object(),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("type", sa.String(length=30), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name="fk_console_port_device_id_device", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_console_port"),
        sa.UniqueConstraint("device_id", "name", name="uq_console_port_device_id_name"),
    )
    op.create_index("ix_console_port_device_id", "console_port", ["device_id"])
    op.create_table(
        "console_server_port",
        *_of_every_object(),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("type", sa.String(length=30), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name="fk_console_server_port_device_id_device", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_console_server_port"),
        sa.UniqueConstraint("device_id", "name", name="uq_console_server_port_device_id_name"),
    )
    op.create_index("ix_console_server_port_device_id", "console_server_port", ["device_id"])
    op.create_table(
        "ip_address_to_interface",
        *_of_every_object(),
        sa.Column("ip_address_id", sa.Uuid(), nullable=False),
        sa.Column("interface_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interface_id"],
            ["interface.id"],
            name="fk_ip_address_to_interface_interface_id_interface",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ip_address_id"],
            ["ip_address.id"],
            name="fk_ip_address_to_interface_ip_address_id_ip_address",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ip_address_to_interface"),
        sa.UniqueConstraint(
            "ip_address_id", "interface_id", name="uq_ip_address_to_interface_ip_address_id_interface_id"
        ),
    )
    op.create_index("ix_ip_address_to_interface_interface_id", "ip_address_to_interface", ["interface_id"])
    op.create_index("ix_ip_address_to_interface_ip_address_id", "ip_address_to_interface", ["ip_address_id"])


def _add_cables() -> None:
    op.create_table(
        "cable",
        *_of_every_object(),
        sa.Column("type", sa.String(length=30), nullable=False),
        sa.Column("status_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("color", sa.String(length=6), nullable=False),
        sa.Column("length", sa.Numeric(precision=8, scale=2), nullable=True),
        sa.Column("length_unit", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(["status_id"], ["status.id"], name="fk_cable_status_id_status", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name="pk_cable"),
    )
    op.create_index("ix_cable_status_id", "cable", ["status_id"])
    op.create_table(
        "cable_end",
        sa.Column("number", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("cable_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(length=1), nullable=False),
        sa.Column("interface_id", sa.Uuid(), nullable=True),
        sa.Column("console_port_id", sa.Uuid(), nullable=True),
        sa.Column("console_server_port_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("side IN ('A', 'B')", name=op.f("ck_cable_end_side")),
        sa.CheckConstraint(
            "(CASE WHEN interface_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN console_port_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN console_server_port_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_cable_end_one_port"),
        ),
        sa.ForeignKeyConstraint(["cable_id"], ["cable.id"], name="fk_cable_end_cable_id_cable", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["console_port_id"],
            ["console_port.id"],
            name="fk_cable_end_console_port_id_console_port",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["console_server_port_id"],
            ["console_server_port.id"],
            name="fk_cable_end_console_server_port_id_console_server_port",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["interface_id"], ["interface.id"], name="fk_cable_end_interface_id_interface", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_cable_end"),
        sa.UniqueConstraint("cable_id", "side", name="uq_cable_end_cable_id_side"),
        sa.UniqueConstraint("console_port_id", name="uq_cable_end_console_port_id"),
        sa.UniqueConstraint("console_server_port_id", name="uq_cable_end_console_server_port_id"),
        sa.UniqueConstraint("interface_id", name="uq_cable_end_interface_id"),
    )
    op.create_index("ix_cable_end_cable_id", "cable_end", ["cable_id"])


def _add_tags() -> None:
    op.create_table(
        "cable_tag",
        sa.Column("cable_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["cable_id"], ["cable.id"], name="fk_cable_tag_cable_id_cable", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name="fk_cable_tag_tag_id_tag", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("cable_id", "tag_id", name="pk_cable_tag"),
    )
    op.create_index("ix_cable_tag_tag_id", "cable_tag", ["tag_id"])
    op.create_table(
        "location_tag",
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name="fk_location_tag_location_id_location", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name="fk_location_tag_tag_id_tag", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("location_id", "tag_id", name="pk_location_tag"),
    )
    op.create_index("ix_location_tag_tag_id", "location_tag", ["tag_id"])
    op.create_table(
        "rack_tag",
        sa.Column("rack_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["rack_id"], ["rack.id"], name="fk_rack_tag_rack_id_rack", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name="fk_rack_tag_tag_id_tag", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("rack_id", "tag_id", name="pk_rack_tag"),
    )
    op.create_index("ix_rack_tag_tag_id", "rack_tag", ["tag_id"])
    op.create_table(
        "vlan_tag",
        sa.Column("vlan_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name="fk_vlan_tag_tag_id_tag", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["vlan_id"], ["vlan.id"], name="fk_vlan_tag_vlan_id_vlan", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("vlan_id", "tag_id", name="pk_vlan_tag"),
    )
    op.create_index("ix_vlan_tag_tag_id", "vlan_tag", ["tag_id"])
    op.create_table(
        "prefix_tag",
        sa.Column("prefix_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["prefix_id"], ["prefix.id"], name="fk_prefix_tag_prefix_id_prefix", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name="fk_prefix_tag_tag_id_tag", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("prefix_id", "tag_id", name="pk_prefix_tag"),
    )
    op.create_index("ix_prefix_tag_tag_id", "prefix_tag", ["tag_id"])
    op.create_table(
        "ip_address_tag",
        sa.Column("ip_address_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ip_address_id"], ["ip_address.id"], name="fk_ip_address_tag_ip_address_id_ip_address", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name="fk_ip_address_tag_tag_id_tag", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ip_address_id", "tag_id", name="pk_ip_address_tag"),
    )
    op.create_index("ix_ip_address_tag_tag_id", "ip_address_tag", ["tag_id"])
    op.create_table(
        "device_tag",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name="fk_device_tag_device_id_device", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name="fk_device_tag_tag_id_tag", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("device_id", "tag_id", name="pk_device_tag"),
    )
    op.create_index("ix_device_tag_tag_id", "device_tag", ["tag_id"])
    op.create_table(
        "interface_tag",
        sa.Column("interface_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interface_id"], ["interface.id"], name="fk_interface_tag_interface_id_interface", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name="fk_interface_tag_tag_id_tag", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("interface_id", "tag_id", name="pk_interface_tag"),
    )
    op.create_index("ix_interface_tag_tag_id", "interface_tag", ["tag_id"])


def _add_planned_changes() -> None:
    op.create_table(
        "planned_change",
        sa.Column("number", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("run_number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("row_id", sa.String(length=36), nullable=False),
        sa.Column("row_name", sa.String(length=200), nullable=False),
        sa.Column(
            "action", sa.Enum("create", "update", "delete", name="action", native_enum=False, length=20), nullable=False
        ),
        sa.Column("before", JSON, nullable=True),
        sa.Column("after", JSON, nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_planned_change"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_planned_change_run_number_number", "planned_change", ["run_number", "number"])


def _widen_changes() -> None:
    context = sa.Enum("web", "job", "orm", name="context", native_enum=False, length=20)
    op.add_column("change", sa.Column("context", context, nullable=True))
    op.add_column("change", sa.Column("request_id", sa.Uuid(), nullable=True))
    op.create_index("ix_change_request_id", "change", ["request_id"])
    op.create_index("ix_change_at", "change", ["at"])
