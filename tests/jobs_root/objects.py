"""Jobs that take users and groups."""

from webapp.jobs import BooleanVar, Job, MultiObjectVar, ObjectVar, SecretVar, StringVar, register_jobs

name = "What people choose"


class Choosing(Job):
    """Give back what each input is."""

    team = ObjectVar(model="auth.group", null_option="None", required=False)
    person = ObjectVar(model="users.user", query_params={"groups": "$team", "is_active": True}, required=False)
    members = MultiObjectVar(model="users.user", query_params={"groups": "$team"}, required=False)
    word = StringVar(required=False)

    class Meta:
        has_sensitive_variables = False

    def run(self, *, team, person, members, word):
        self.logger.info("about", extra={"object": person})
        return {
            "team": team and [type(team.id).__name__, team.name, str(team)],
            "person": person and [type(person.id).__name__, person.username, person.display, person.pk == person.id],
            "members": [str(member) for member in members],
            "hidden": hasattr(person, "password_hash"),
            "kwargs": dict(self.job_result.task_kwargs),
        }


class Visiting(Job):
    """Go to each of several people; some are not at home."""

    people = MultiObjectVar(model="users.user")
    away = StringVar(default="", required=False)
    greeting = StringVar(default="Hello")

    class Meta:
        has_sensitive_variables = False

    def run(self, *, people, away, greeting):
        for person in people:
            with self.item(person, keep_going=True):
                if person.username in away.split():
                    raise LookupError("not at home")
        return {"greeting": greeting, "people": [person.username for person in people]}


class Stumbling(Visiting):
    """Give up at the first who is not at home."""

    def run(self, *, people, away, greeting):
        for person in people:
            with self.item(person):
                if person.username in away.split():
                    raise LookupError("not at home")


class Discreet(Visiting):
    """The same, of which nobody may read the inputs."""

    class Meta:
        has_sensitive_variables = True


class WithKey(Job):
    """Visit with a secret."""

    people = MultiObjectVar(model="users.user")
    away = StringVar(default="", required=False)
    key = SecretVar()

    class Meta:
        has_sensitive_variables = False

    def run(self, *, people, away, key):
        for person in people:
            with self.item(person, keep_going=True):
                raise LookupError("not at home")


class Introducing(Job):
    """Introduce each of some people to all of the others; the first one is shy."""

    hosts = MultiObjectVar(model="users.user")
    guests = MultiObjectVar(model="users.user")

    class Meta:
        has_sensitive_variables = False

    def run(self, *, hosts, guests):
        with self.item(guests[0]):
            self.fail("too shy")


class Seeking(Job):
    """Look for people who may sign in, or for those who may not."""

    active = BooleanVar(required=False)
    operators = ObjectVar(model="users.user", query_params={"groups__name": "Operator"}, required=False)
    people = MultiObjectVar(model="users.user", query_params={"is_active": "$active"}, required=False)

    class Meta:
        has_sensitive_variables = False

    def run(self, *, active, operators, people):
        return [str(one) for one in people]


register_jobs(Choosing, Stumbling, Visiting, Discreet, WithKey, Introducing, Seeking)
