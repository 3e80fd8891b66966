from nautobot.apps.jobs import register_jobs

from .cabling import CheckCabling
from .export import ExportFabric

name = "Fabric"

register_jobs(CheckCabling, ExportFabric)
