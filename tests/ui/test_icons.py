"""Icons come out of the sprite one by one."""

from __future__ import annotations

import pytest

from webapp.ui.icons import icon


def test_an_icon_is_drawn_in_the_page_and_silent():
    drawn = icon("check-lg")
    assert drawn.startswith('<svg class="icon"')
    assert "<path d=" in drawn
    assert 'aria-hidden="true"' in drawn
    assert "<symbol" not in drawn


def test_an_icon_with_a_label_speaks():
    assert 'role="img" aria-label="a &lt; b"' in icon("check-lg", "a < b")


def test_a_name_is_no_pattern():
    with pytest.raises(LookupError, match="check..g"):
        icon("check..g")
