"""Behaviours of classes and variables that the tests of the reference assert, under their numbers.

docs/decisions/0011-the-reference-behaviours.md says which are tested elsewhere, and which do not apply.
"""

from ipaddress import ip_address, ip_interface, ip_network

import pytest

from webapp.jobs import (
    BooleanVar,
    ChoiceVar,
    DryRunVar,
    IntegerVar,
    IPAddressVar,
    IPAddressWithMaskVar,
    IPNetworkVar,
    Job,
    JSONVar,
    MultiChoiceVar,
    StringVar,
    TextVar,
)
from webapp.jobs.describing import describe


def names(job_class):
    return [variable["name"] for variable in describe(job_class)["variables"]]


def refusal(variable, raw):
    with pytest.raises(ValueError) as caught:
        variable.parse(raw)
    return str(caught.value)


class Base(Job):
    inherited = StringVar()

    def run(self, **inputs):
        return inputs


class Unordered(Base):
    zulu = StringVar()
    alpha = StringVar()


class Ordered(Base):
    zulu = StringVar()
    alpha = StringVar()

    class Meta:
        field_order = ["alpha", "inherited"]


def test_t003_field_order_puts_the_listed_fields_first():
    assert names(Ordered) == ["alpha", "inherited", "zulu"]


def test_t004_t005_without_it_fields_come_as_they_are_defined_and_inherited_ones_first():
    assert names(Unordered) == ["inherited", "zulu", "alpha"]


def test_t010_only_a_dry_run_variable_called_dryrun_makes_a_job_support_dry_runs():
    assert describe(type("Dry", (Job,), {"run": print, "dryrun": DryRunVar()}))["supports_dryrun"] is True
    assert describe(type("Wet", (Job,), {"run": print, "dryrun": BooleanVar()}))["supports_dryrun"] is False
    assert describe(type("Odd", (Job,), {"run": print, "rehearsal": DryRunVar()}))["supports_dryrun"] is False


def test_t033_a_string_has_three_messages():
    variable = StringVar(min_length=3, max_length=5, regex="^[a-z]+$")
    assert refusal(variable, "ab") == "Ensure this value has at least 3 characters (it has 2)."
    assert refusal(variable, "abcdef") == "Ensure this value has at most 5 characters (it has 6)."
    assert refusal(variable, "ABCD") == "Invalid value. Must match regex: ^[a-z]+$"
    assert variable.parse("abcd") == "abcd"


def test_t034_text_is_free():
    assert TextVar().parse("Anything,\non lines.") == "Anything,\non lines."


def test_t035_an_integer_has_limits_and_zero_is_one():
    variable = IntegerVar(min_value=5, max_value=10)
    assert refusal(variable, 4) == "Ensure this value is greater than or equal to 5."
    assert refusal(variable, "11") == "Ensure this value is less than or equal to 10."
    assert variable.parse("7") == 7
    assert refusal(IntegerVar(min_value=0), -1) == "Ensure this value is greater than or equal to 0."
    assert refusal(IntegerVar(max_value=0), 1) == "Ensure this value is less than or equal to 0."


def test_t036_a_boolean_is_true_or_false():
    assert [BooleanVar().parse(raw) for raw in (True, False)] == [True, False]


def test_t037_a_choice_is_one_of_the_list():
    variable = ChoiceVar(choices=(("ff0000", "Red"), ("00ff00", "Green")))
    assert variable.parse("ff0000") == "ff0000"
    assert refusal(variable, "taupe") == "Select a valid choice. taupe is not one of the available choices."


def test_t038_several_choices_are_a_list_or_a_tuple():
    variable = MultiChoiceVar(choices=(("ff0000", "Red"), ("00ff00", "Green")))
    assert variable.parse(["ff0000"]) == variable.parse(("ff0000",)) == ["ff0000"]
    assert variable.parse(("ff0000", "00ff00")) == ["ff0000", "00ff00"]
    assert refusal(variable, ["taupe"]) == "Select a valid choice. taupe is not one of the available choices."


def test_t041_an_address_has_four_parts_and_no_mask():
    assert refusal(IPAddressVar(), "1.2.3") == "Invalid IPv4/IPv6 address format: 1.2.3"
    assert refusal(IPAddressVar(), "192.0.2.1/24") == "Invalid IPv4/IPv6 address format: 192.0.2.1/24"
    assert IPAddressVar().parse("192.0.2.1") == ip_address("192.0.2.1")


def test_t042_an_address_with_mask_has_one():
    assert refusal(IPAddressWithMaskVar(), "192.0.2.1") == "CIDR mask (e.g. /24) is required."
    assert IPAddressWithMaskVar().parse("192.0.2.1/24") == ip_interface("192.0.2.1/24")


def test_t043_a_network_has_no_bits_of_a_host():
    message = "192.0.2.1/24 is not a valid prefix. Did you mean 192.0.2.0/24?"
    assert refusal(IPNetworkVar(), "192.0.2.1/24") == message
    assert IPNetworkVar().parse("192.0.2.0/24") == ip_network("192.0.2.0/24")


def test_t044_json_is_a_value_or_its_text():
    assert JSONVar().parse({"key1": True}) == JSONVar().parse('{"key1": true}') == {"key1": True}
    assert refusal(JSONVar(), '{"key1": True}').startswith("Enter a valid JSON.")
