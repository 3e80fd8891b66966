"""Each numbered fault has a test that carries its number, or a reason why there is none."""

from __future__ import annotations

import re

from webapp.config import PROJECT

CHAPTERS = {
    "A.1": range(1, 19),
    "B.1": range(1, 23),
    "B.2": range(23, 33),
    "B.3": range(33, 47),
    "B.5": [62, 63, *range(77, 82)],
    "B.6": range(82, 87),
    "B.7": range(99, 115),
}
FACTS = {("A.1", number) for number in CHAPTERS["A.1"]}
"""About RQ; they are counted from 1, as the faults are."""
FAULTS = {number: chapter for chapter, numbers in CHAPTERS.items() if chapter != "A.1" for number in numbers}
ALL = FACTS | {(chapter, number) for number, chapter in FAULTS.items()}

Number = tuple[str, int]


def numbers_of(test: str) -> set[Number]:
    """The faults whose numbers the name of a test carries: test_fault_3_4_what_happens has two."""
    found: set[Number] = set()
    for kind, digits in re.findall(r"(?<![a-z])(rq_fact|fault)((?:_\d+)+)(?=_|$)", test):
        for number in map(int, digits.split("_")[1:]):
            found.add(("A.1" if kind == "rq_fact" else FAULTS.get(number, "elsewhere"), number))
    return found


def covered() -> set[Number]:
    files = (PROJECT / "tests").rglob("test_*.py")
    names = [name for file in files for name in re.findall(r"^ *def (test_\w+)", file.read_text(), re.MULTILINE)]
    return {number for name in names for number in numbers_of(name)}


def explained() -> list[Number]:
    text = (PROJECT / "docs/decisions/0006-faults-without-a-test.md").read_text()
    return [(chapter, int(number)) for chapter, number in re.findall(r"^\| ([AB]\.\d) (\d+) \| \S", text, re.MULTILINE)]


def listed(numbers: set[Number]) -> str:
    """As the table of reasons names them."""
    return ", ".join(f"{chapter} {number}" for chapter, number in sorted(numbers))


def test_a_name_may_carry_several_numbers_and_words_that_look_like_some():
    assert numbers_of("test_fault_3_4_a_death") == {("B.1", 3), ("B.1", 4)}
    assert numbers_of("test_rq_fact_3_and_fault_114_of_200_runs") == {("A.1", 3), ("B.7", 114)}
    assert numbers_of("test_the_default_3_is_kept") == set()


def test_every_fault_has_a_test_or_a_reason():
    assert listed(ALL - covered() - set(explained())) == ""


def test_no_fault_has_both():
    assert listed(covered() & set(explained())) == ""


def test_every_reason_is_for_one_known_fault():
    assert sorted(explained()) == sorted(set(explained()) & ALL)
