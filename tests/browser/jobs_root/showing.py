"""Jobs whose runs have something on every tab of their pages."""

import csv
import io
import json
import struct
import time
import zlib
from pathlib import Path

from webapp.jobs import IntegerVar, Job, StringVar, register_jobs

name = "Pages of runs"
SCRIPT = "<script>document.title = 'taken over'</script>"


def picture(width=120, height=60):
    """A PNG with stripes."""

    def part(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(
        b"\0" + bytes((x * 2, y * 4, 140)[c] for x in range(width) for c in range(3)) for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")


class Report(Job):
    """Make a file of every kind, and a result with something in it."""

    site = StringVar(default="AMS")
    depth = IntegerVar(default=2)

    class Meta:
        has_sensitive_variables = False

    def run(self, *, site, depth):
        sheet = io.StringIO()
        csv.writer(sheet).writerows([["Device", "Port", "Said"], *([f"sw-{n}", n, SCRIPT] for n in range(300))])
        self.create_file("devices.csv", sheet.getvalue())
        self.create_file("config.json", json.dumps({"site": site, "vlans": [10, 20], "say": SCRIPT}))
        self.create_file("photo.png", picture())
        self.create_file("notes.md", f"# Notes\n\n{SCRIPT}\n\n**Not** rendered.")
        self.create_file("drawing.svg", f'<svg xmlns="http://www.w3.org/2000/svg">{SCRIPT}</svg>')
        self.create_file("page.html", f"<html><body>{SCRIPT}</body></html>")
        self.create_file("long.txt", ("a line of a long text " * 8 + "\n") * 2_500)
        self.create_file("dump.bin", bytes(range(256)))
        self.logger.success("Reported on %s", site)
        about = {"name": "sw-1", "ports": [{"name": f"Gi1/{n}", "up": n % 2 == 0, "speed": 1000} for n in range(4)]}
        return {
            "site": site,
            "checked": 300,
            "ok": True,
            "left": None,
            "devices": [about],
            "said": SCRIPT,
            "long": "x" * 900,
        }


class Silent(Job):
    """Say nothing until the script, a file, says "end"."""

    script = StringVar()

    class Meta:
        has_sensitive_variables = False

    def run(self, *, script):
        while Path(script).read_text() != "end":
            time.sleep(0.02)


register_jobs(Report, Silent)
