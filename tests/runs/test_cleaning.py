"""Whatever a job says can be stored, and comes back from either database as it was stored."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webapp.db import transaction
from webapp.jobs.plain import storable
from webapp.runs import logs
from webapp.runs.service import submit

TROUBLE = "\0\x01\x1b[31m\x7f\x85\x9b\u061c\u200b\u202e\u2066\ud800\udfff\ufeff\ufffe\U0010ffff\t\r\n\\.\"'é🎉"
TEXTS = st.text(st.characters(exclude_categories=[])) | st.text(st.sampled_from(TROUBLE))
AT = 1_700_000_000.5
seqs = count(1)


@pytest.fixture
def number(job, person) -> int:
    """A run that has a log."""
    return submit(job("NoInputs"), person("ann"), {}).number


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXTS, min_size=1, max_size=20))
def test_fault_101_any_text_can_be_stored_and_comes_back_the_same(number, texts):
    lines = [logs.line(AT, "info", text, text, text, text) for text in texts]
    first = next(seqs) * 100
    with transaction():
        logs.insert(number, first, lines)
    kept = logs.after(number, first - 1, 1000)
    assert [logs.of_row(row) for row in kept] == lines
    assert [row.message for row in kept] == [storable(text) for text in texts]
