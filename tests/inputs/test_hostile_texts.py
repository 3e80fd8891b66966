"""Hostile texts in a field of every kind: a value that can be kept, or a message; and never markup."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from tests.inputs.hostile import TEXTS
from webapp.errors import InvalidInputs
from webapp.inputs import values
from webapp.inputs.forms import InputsForm
from webapp.inputs.reading import READ_WHEN_LEFT, read
from webapp.inputs.zones import zone_called
from webapp.jobs.variables import KINDS

CHOICES = ["a", ("Group", [(1, "One"), (True, "Yes")]), 2.5]
OBJECTS = {"ObjectVar", "MultiObjectVar"}
"""Their texts are names of rows, which the database is asked for."""
NUL = re.compile(r"(?<!\\)(\\\\)*\\u0000")
ELEMENTS = {"input", "select", "optgroup", "option", "textarea", "ul", "li", "label"}
VARIABLES = {
    name: kind(**({"choices": CHOICES} if "choices" in kind.options else {}), required=False)
    for name, kind in KINDS.items()
    if name not in OBJECTS
}


class Reader(HTMLParser):
    """Which elements and attributes there are, as a browser finds them."""

    def __init__(self):
        super().__init__()
        self.elements, self.attributes = set(), set()

    def handle_starttag(self, tag, attributes):
        self.elements.add(tag)
        self.attributes.update(name for name, _ in attributes)


def verdict(raw):
    """What of raw can be kept, and the messages for the rest."""
    wrong = {}
    try:
        values.parse(VARIABLES, raw)
    except InvalidInputs as refusal:
        wrong = refusal.errors
    right = {name: variable for name, variable in VARIABLES.items() if name not in wrong}
    kept = values.dump(right, values.parse(right, {name: raw[name] for name in right}))
    assert wrong.keys() <= VARIABLES.keys()
    assert all(messages and all(messages) for messages in wrong.values())
    return kept, wrong


def can_be_kept(kept):
    """Whether JSON, and a text column, take kept and give it back."""
    text = json.dumps(kept, allow_nan=False, ensure_ascii=False)
    return json.loads(text) == kept and not NUL.search(text) and text.encode().decode() == text


def test_there_are_enough_of_them():
    assert len(TEXTS) == len(set(TEXTS)) >= 120


def test_a_hostile_text_is_kept_as_json_or_refused_in_words():
    for text in TEXTS:
        kept, wrong = verdict({name: [text] if variable.multiple else text for name, variable in VARIABLES.items()})
        assert can_be_kept(kept), text[:40]
        assert wrong, text[:40]


def test_a_hostile_text_in_a_form_is_shown_and_never_markup():
    for text in TEXTS:
        form = InputsForm(VARIABLES, MultiDict(dict.fromkeys(VARIABLES, text)))
        kept, wrong = verdict(form.raw())
        assert can_be_kept(kept), text[:40]
        form.refuse(wrong)
        reader = Reader()
        reader.feed("".join(str(field()) for field in form))
        assert reader.elements <= ELEMENTS, text[:40]
        assert not any(name.startswith("on") for name in reader.attributes), text[:40]


def test_a_hostile_text_that_is_read_when_its_field_is_left_gets_an_answer():
    for text in TEXTS:
        for name, variable in VARIABLES.items():
            if isinstance(variable, READ_WHEN_LEFT):
                found = read(variable, name, MultiDict({name: text, "_zone": "Europe/Amsterdam"}))
                answered = found["errors"] or variable.parse(found["text"]) is not None or not text.strip()
                assert answered, (name, text[:40])
        assert zone_called(text).name == "UTC", text[:40]


@settings(deadline=None, max_examples=100)
@given(
    st.text()
    | st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5)
)
def test_whatever_json_holds_is_kept_or_refused_in_words(value):
    assert can_be_kept(verdict(dict.fromkeys(VARIABLES, value))[0])
