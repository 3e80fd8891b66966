"""Invites users to an organisation."""
import os

from nautobot.extras.jobs import ChoiceVar, Job, StringVar

name = "Meraki"

EMAIL_REGEX = os.getenv("NAUTOBOT_JOB_MERAKI_EMAIL_VALIDATION_REGEX", ".*")


class CreateUsers(Job):
    """Class to create a Meraki user"""

    user_email = StringVar(
        description="User Email to add",
        label=f"User Email, regex: {EMAIL_REGEX}",
        required=True,
        regex=EMAIL_REGEX,
    )
    user_name = StringVar(description="Name of the user", label="User Name")
    meraki_network = StringVar(required=False)
    meraki_access_level = ChoiceVar(
        description="Level of access",
        label="Access Level",
        choices=(
            ("full", "Full"),
            ("read-only", "Read Only"),
            ("enterprise", "Enterprise"),
            ("none", "None"),
        ),
    )

    class Meta:
        """Meta data of the job."""

        name = "Create Meraki User"
        commit_default = False
        has_sensitive_variables = False
        field_order = ["user_name", "user_email"]

    def __init__(self):
        super().__init__()
        self.data = None
        self.commit = None

    def run(self, data, commit):
        self.data = data
        self.commit = commit

        if self.commit is False:
            self.log_info(obj=None, message="Commit set to False")
            self.log_info(obj=None, message=f"Data pushed in: {self.data}")
            return

        self.log_success(obj=None, message=f"Invited {data['user_name']}")
