"""A first job: one variable of each kind, and what comes back from them."""

from webapp.jobs import BooleanVar, ChoiceVar, DryRunVar, IntegerVar, Job, StringVar, TextVar, register_jobs

name = "Examples"  # what the jobs of this file are grouped under


class Hello(Job):
    """Greet somebody, as often and as loudly as you like.

    Shows every kind of variable. With "dry run" ticked the greeting is only announced.
    """

    person = StringVar(
        label="Name",
        description="A letter first; then letters, digits, spaces, dots, dashes and apostrophes.",
        default="World",
        max_length=40,
        regex=r"^[^\W\d_][\w .'-]*$",
        summary=True,
    )
    greeting = ChoiceVar(
        choices=[
            ("Hello", "Hello"),
            ("Good morning", "Good morning"),
            ("Elsewhere", [("Bonjour", "Bonjour (French)"), ("Grüezi", "Grüezi (Swiss German)")]),
        ],
        default="Hello",
    )
    times = IntegerVar(description="How often, 1 to 20.", default=1, min_value=1, max_value=20)
    shout = BooleanVar(description="In capital letters.")
    message = TextVar(description="Something to say after the greeting, on one or more lines.", required=False)
    dryrun = DryRunVar()

    class Meta:
        name = "Hello"
        has_sensitive_variables = False
        soft_time_limit, time_limit = 50, 60

    def run(self, *, person, greeting, times, shout, message, dryrun):
        words = f"{greeting}, {person}!"
        if shout:
            words = words.upper()
        if dryrun:
            self.logger.warning("Dry run: would say %r %d times", words, times)
            return {"said": 0, "words": words}
        for turn in range(1, times + 1):
            self.logger.info("%s", words, extra={"grouping": f"greeting {turn}"})
        for line in message.splitlines():
            self.logger.info("%s", line, extra={"grouping": "message"})
        self.logger.success("Greeted %s", person, extra={"object": person})
        return {"said": times, "words": words}


register_jobs(Hello)
