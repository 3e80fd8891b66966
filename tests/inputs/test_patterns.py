"""Authors' patterns, searched with a limit of time."""

import threading
import time

import pytest

from webapp import inputs
from webapp.inputs.patterns import search
from webapp.jobs import StringVar, patterns

EVIL = [("^(a|aa)+$", "a" * 60 + "!"), ("^(.*?,){25}P", "1," * 60)]


@pytest.mark.parametrize(("pattern", "text", "found"), [("b", "abc", True), ("^b", "abc", False), (r"\d$", "a1", True)])
def test_a_pattern_is_searched_anywhere(pattern, text, found):
    assert search(pattern, text) is found


@pytest.mark.parametrize(("pattern", "text"), EVIL)
def test_an_evil_pattern_is_given_up(pattern, text):
    with pytest.raises(TimeoutError):
        search(pattern, text)


def test_other_threads_go_on_while_a_pattern_is_searched():
    turns = []

    def evil():
        with pytest.raises(TimeoutError):
            search(*EVIL[0])

    thread = threading.Thread(target=evil)
    thread.start()
    while thread.is_alive():
        turns.append(1)
        time.sleep(0.001)
    assert len(turns) > 20


def test_the_application_plugs_it_into_the_variables():
    inputs.init_app()
    try:
        with pytest.raises(ValueError, match="takes too long to check"):
            StringVar(regex=EVIL[0][0]).parse(EVIL[0][1])
    finally:
        patterns.plug()


def test_a_pattern_that_only_python_can_read_is_a_message():
    with pytest.raises(ValueError, match="cannot be read"):
        search("(?<=a+", "a")
