"""How many runs go on at once: what authors declare, and the keys that come of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.jobs import Concurrency, Job, StringVar
from webapp.jobs.concurrency import key_of
from webapp.jobs.describing import describe


def told(concurrency, **meta):
    """What a job with the variables site and rack declares."""
    attributes = {
        "run": lambda self, **inputs: None,
        "site": StringVar(),
        "rack": StringVar(),
        "Meta": type("Meta", (), {"concurrency": concurrency, **meta}),
    }
    return describe(type("Example", (Job,), attributes))["concurrency"]


def key(text, **inputs):
    return key_of({"limit": 1, "key": text, "on_conflict": "queue"}, "lab.Example", inputs)


def test_a_job_may_go_on_any_number_of_times_unless_it_says_otherwise():
    assert told(None) is None


def test_what_is_declared_is_told_as_data():
    assert told(Concurrency()) == {"limit": 1, "key": "", "on_conflict": "queue"}
    declared = Concurrency(limit=3, key="{{site}}: {site}", on_conflict="replace")
    assert told(declared) == {"limit": 3, "key": "{{site}}: {site}", "on_conflict": "replace"}


@pytest.mark.parametrize(
    ("concurrency", "message"),
    [
        (1, "Meta.concurrency should be Concurrency or None, not int"),
        (Concurrency(limit="1"), "Meta.concurrency: limit should be int, not str"),
        (Concurrency(limit=True), "Meta.concurrency: limit should be int, not bool"),
        (Concurrency(key=None), "Meta.concurrency: key should be str, not NoneType"),
        (Concurrency(on_conflict=0), "Meta.concurrency: on_conflict should be str, not int"),
    ],
)
def test_a_wrong_type_is_named(concurrency, message):
    with pytest.raises(TypeError, match=f"^{message}$"):
        told(concurrency)


@pytest.mark.parametrize(
    ("concurrency", "message"),
    [
        (Concurrency(limit=0), "limit should be from 1 to 1,000"),
        (Concurrency(limit=10**5000), "limit should be from 1 to 1,000"),
        (Concurrency(on_conflict="wait"), "on_conflict should be one of queue, reject, replace, not 'wait'"),
        (Concurrency(key="x" * 1001), "key should have at most 1,000 characters"),
        (Concurrency(key="{room}"), "key names room, which is no variable of this job"),
    ],
)
def test_what_makes_no_sense_is_named(concurrency, message):
    with pytest.raises(ValueError, match=f"^Meta.concurrency: {message}$"):
        told(concurrency)


@pytest.mark.parametrize(
    "text",
    ["{}", "{0}", "{site.name}", "{site[0]}", "{site!r}", "{site:>9}", "{site:}", "{ site }", "{self.__class__}"],
)
def test_nothing_but_a_name_stands_between_braces(text):
    with pytest.raises(ValueError, match="nothing but names of variables between its braces"):
        told(Concurrency(key=text))


@pytest.mark.parametrize("text", ["{", "}", "{site", "site}", "{site}}", "{{site}", "{a{site}}"])
def test_a_brace_without_its_partner_is_refused(text):
    with pytest.raises(ValueError, match="key has a single"):
        told(Concurrency(key=text))


def test_a_singleton_is_limited_already():
    with pytest.raises(ValueError, match="Meta.is_singleton and Meta.concurrency do not go together"):
        told(Concurrency(), is_singleton=True)


def test_without_a_key_each_job_counts_for_itself():
    assert key("", site="A") == "lab.Example"


def test_a_key_holds_the_values_of_its_variables():
    assert key("site:{site}", site="Zürich", rack="1") == 'site:["Z\\u00fcrich"]'
    assert key("{{{site}}}", site={"b": 1, "a": [None]}) == '{[{"a":[null],"b":1}]}'


def test_a_variable_that_has_no_value_counts_as_none():
    assert key("{site}") == key("{site}", site=None) == "[null]"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('1"[]{},:\\a'),
    lambda inner: st.lists(inner) | st.dictionaries(st.text('1"a'), inner),
    max_leaves=5,
)


@given(JSON, JSON, JSON, JSON, st.text('1[]"a,'), st.text('1[]"a,'))
def test_two_inputs_have_one_key_only_if_they_are_the_same(site, rack, other_site, other_rack, before, between):
    text = f"{before}{{site}}{between}{{rack}}"
    same = repr((site, rack)) == repr((other_site, other_rack)) or _same((site, rack), (other_site, other_rack))
    assert (key(text, site=site, rack=rack) == key(text, site=other_site, rack=other_rack)) is same


def test_values_side_by_side_do_not_run_into_one_another():
    assert key("{site}{rack}", site=1, rack=11) != key("{site}{rack}", site=11, rack=1)


def _same(one, other):
    """Equality that tells 1 from True, as JSON does."""
    if isinstance(one, list | tuple):
        return type(one) is type(other) and len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict):
        return type(one) is type(other) and one.keys() == other.keys() and all(_same(one[k], other[k]) for k in one)
    return type(one) is type(other) and one == other
