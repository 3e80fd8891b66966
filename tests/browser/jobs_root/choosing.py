"""A job that takes users and a group."""

import time

from webapp.jobs import Job, MultiObjectVar, ObjectVar, register_jobs

name = "On screen"


class Visits(Job):
    """Visit some people, of whom only Ann is at home."""

    team = ObjectVar(model="users.group", required=False, description="Only people of this team can be chosen.")
    people = MultiObjectVar(model="users.user", query_params={"groups": "$team"})

    class Meta:
        has_sensitive_variables = False

    def run(self, *, team, people):
        time.sleep(0.7)  # somebody looks at the page meanwhile
        for person in people:
            with self.item(person, keep_going=True):
                if person.username != "ann":
                    raise LookupError("not at home")


register_jobs(Visits)
