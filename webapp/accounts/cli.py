"""Accounts from the shell."""

from __future__ import annotations

import sys

import click
from flask import Flask

from webapp.accounts import credentials, roles, service
from webapp.errors import WebappError


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    for command in (create_user, create_token, change_password, deactivate_user):
        app.cli.add_command(command)


@click.command("create-user")
@click.argument("name")
@click.option("--superuser", is_flag=True, help="May do everything.")
@click.option("--group", "groups", multiple=True, help="Viewer, Operator, Approver, Admin, or a group of yours.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create_user(name: str, superuser: bool, groups: tuple[str, ...], password_stdin: bool) -> None:
    """Make the user NAME."""
    password = _password(password_stdin)
    try:
        roles.ensure_roles()
        service.create_user(name, password, superuser=superuser, groups=groups)
    except WebappError as error:
        raise click.ClickException(error.message) from None
    click.echo(f"Made the user {name}.")


@click.command("create-token")
@click.argument("name")
@click.option("--description", default="", help="What the token is for.")
@click.option("--read-only", is_flag=True, help="The token may not change or run anything.")
def create_token(name: str, description: str, read_only: bool) -> None:
    """Make a token for the user NAME and print it, this once."""
    try:
        key = credentials.create_token(service.named(name), description, write_enabled=not read_only)
    except WebappError as error:
        raise click.ClickException(error.message) from None
    click.echo(key)


@click.command("change-password")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def change_password(name: str, password_stdin: bool) -> None:
    """Give the user NAME a new password; their sessions end."""
    password = _password(password_stdin)
    try:
        service.set_password(service.named(name), password)
    except WebappError as error:
        raise click.ClickException(error.message) from None
    click.echo(f"Changed the password of {name}; all their sessions have ended.")


@click.command("deactivate-user")
@click.argument("name")
def deactivate_user(name: str) -> None:
    """Switch the account NAME off; sessions end at once."""
    try:
        service.deactivate(service.named(name))
    except WebappError as error:
        raise click.ClickException(error.message) from None
    click.echo(f"Switched the account {name} off.")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password
