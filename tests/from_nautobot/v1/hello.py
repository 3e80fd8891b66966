from nautobot.extras.jobs import Job


class HelloWorld(Job):
    def run(self, data, commit):
        self.log_debug("Hello, this is my first Nautobot job.")
