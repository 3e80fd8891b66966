"""Nothing makes a run but the gate, and nothing calls the gate but the door."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import webapp

HOUSE = Path(webapp.__file__).parent


@cache
def houses() -> dict[str, ast.Module]:
    """Every file of the product, parsed."""
    return {str(path.relative_to(HOUSE)): ast.parse(path.read_text()) for path in sorted(HOUSE.rglob("*.py"))}


@cache
def all_calls() -> list[tuple[str, str, str]]:
    """(file, function, name of what is called there) of every call, also of what is called through a module."""
    return [
        (file, function.name, name_of(call.func))
        for file, tree in houses().items()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
    ]


def calls(*names: str) -> set[tuple[str, str]]:
    """(file, function) of each call of something by one of these names."""
    return {(file, function) for file, function, name in all_calls() if name in names}


def name_of(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""


def mentions(name: str) -> set[str]:
    """The files in which name stands at all, be it called, handed on or imported under another one."""
    return {file for file in houses() if name in words(file)}


@cache
def words(file: str) -> set[str]:
    tree = houses()[file]
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    return names | attributes | imported


def test_only_the_gate_makes_rows_of_runs():
    assert calls("Run") == {("runs/states.py", "born")}
    assert {place for place in calls("_make") if place[0].startswith("runs/")} == {("runs/service.py", "submit")}
    assert calls("born") == {("runs/service.py", "_make")}


def test_no_statement_inserts_runs_past_the_gate():
    inserts = calls("insert", "bulk_save_objects", "bulk_insert_mappings", "add_all")
    # Events, lines of logs, their words, and what dry runs would change.
    logs = {"runs/ledger.py", "runs/reports.py", "runs/fulltext/indexing.py"}
    others = {"runs/steps.py", *logs, "runs/objects.py"}
    assert {file for file, _ in inserts if file.startswith(("runs/", "launch/", "worker/"))} <= others


def test_only_the_door_calls_the_gate():
    assert calls("submit") == {("launch/service.py", "start")}
    assert mentions("submit") == {"launch/service.py"}


def test_form_endpoint_and_command_go_through_the_door():
    starts = {place for place in calls("start") if place[0].startswith("launch/")}
    retried = {("launch/retries.py", "start"), ("launch/retry_views.py", "retry"), ("launch/retry_api.py", "retry")}
    again = {("launch/repeating.py", "start"), ("launch/repeat_views.py", "create")}
    assert starts == retried | again | {
        ("launch/api.py", "started"),
        ("launch/cli.py", "_start"),
        ("launch/views.py", "create"),
    }
