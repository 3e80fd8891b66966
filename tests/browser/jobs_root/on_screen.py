"""Jobs for the browser tests: one that a test leads by the hand, and one whose words are as long as they can be."""

import time
from pathlib import Path

from webapp.jobs import ChoiceVar, Job, MultiChoiceVar, StringVar, register_jobs

name = "Everything that a team of network engineers could possibly want to call a group of jobs, " * 3
name = name[:254].rstrip(", ") + "!"


class Typewriter(Job):
    """Log as many lines as the script, a file, says; end when it says so."""

    script = StringVar()

    class Meta:
        has_sensitive_variables = False

    def run(self, *, script):
        written = 0
        while True:
            order = Path(script).read_text()
            if order == "end":
                return {"lines": written}
            while written < int(order or 0):
                written += 1
                self.logger.info("typed line %d", written)
            time.sleep(0.02)


class Reluctant(Typewriter):
    """Type; once cancelled, put things away until the script says that this is done."""

    class Meta:
        has_sensitive_variables = False

    def run(self, *, script):
        self.script_of_this_run = Path(script)
        return super().run(script=script)

    def on_cancel(self):
        self.logger.warning("putting things away")
        while self.script_of_this_run.read_text() != "end":
            time.sleep(0.02)
        self.logger.success("all is in its place")


class Hush(Typewriter):
    """Type as well, and nothing else has the same past."""

    class Meta:
        has_sensitive_variables = False


class Chapter(Typewriter):
    """Type as well, in a group that ends with the run."""

    class Meta:
        has_sensitive_variables = False

    def run(self, *, script):
        with self.group("Chapter"):
            return super().run(script=script)


class Stepper(Job):
    """Work on as many of four switches as the script says, of which the second fails; end when it says so."""

    script = StringVar()

    class Meta:
        has_sensitive_variables = False

    def run(self, *, script):
        done = 0
        while (order := Path(script).read_text()) != "end":
            while done < int(order or 0):
                done += 1
                self.progress(done, 4, f"sw-{done}")
                with self.group(f"Round {done}"), self.item(f"sw-{done}"):
                    self.logger.info("looking at it")
                    if done == 2:
                        self.fail("it does not answer")
            time.sleep(0.02)


class LongWinded(Job):
    """Check-every-interface-of-every-device-against-the-documentation-and-report-whatever-does-not-agree-with-it.

    The name is as long as names may be, and so is the group's.
    """

    a_variable_whose_name_goes_on_and_on_and_on_and_on_and_on = StringVar(
        label="A label that needs more than one line on a telephone, because somebody wanted to say everything in it",
        description="https://documentation.example.org/a/very/long/address/that/has/no/place/where/it/could/be/broken",
        default="x" * 120,
    )
    site = ChoiceVar(choices=[(number, f"Site {number} of the network") for number in range(40)], default=3)
    neighbours = MultiChoiceVar(
        choices=[
            (n, f"neighbour-{n}-of-the-core-switch-in-the-basement-of-building-{n}." + "x" * 20 * n) for n in range(14)
        ],
        default=[3, 5, 13],
    )

    class Meta:
        name = "Compare_the_neighbours_that_every_switch_reports_with_the_cables_in_the_documentation_of_the_site"
        has_sensitive_variables = False

    def run(self, **inputs):
        self.logger.warning("/".join(["a-path-without-spaces"] * 20), extra={"object": "sw-" + "0123456789" * 8})
        self.fail("not-a-word" * 40)
        return inputs


register_jobs(Typewriter, Reluctant, Hush, Chapter, Stepper, LongWinded)
