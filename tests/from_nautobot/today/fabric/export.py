from nautobot.apps.jobs import Job


class ExportFabric(Job):
    class Meta:
        name = "Export the fabric"
        has_sensitive_variables = False

    def run(self):
        names = self.load_json("names.json")
        self.create_file("fabric.txt", b"\n".join(name.encode() for name in names))
        return names
