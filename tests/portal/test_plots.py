"""Plots as SVG."""

import xml.etree.ElementTree as ET

import pytest

from portal import plots

SVG = "{http://www.w3.org/2000/svg}"


def tree(markup: str) -> ET.Element:
    return ET.fromstring(f"<div>{markup}</div>")


def test_columns_are_stacked_and_as_tall_as_their_values() -> None:
    found = tree(plots.columns("Svar", ["v1", "v2"], {"ja": [1, 0], "nej": [3, 2]}))
    rows = [
        (rect.get("class"), float(rect.get("y", "")), float(rect.get("height", ""))) for rect in found[0].iter("rect")
    ]
    # 4 at the top; 196 units between top and bottom, 49 each.
    assert rows == [("kind0", 157.0, 49.0), ("kind1", 10.0, 147.0), ("kind1", 108.0, 98.0)]
    assert [item.text or item[0].tail for item in found.iter("li")] == [" ja", " nej"]


def test_bars_have_their_figures_beside_them() -> None:
    found = tree(plots.bars("Klausuler", [("Reserverat kontrakt", 4), ("x" * 60, 2), ("ingen", 0)]))
    widths = [float(rect.get("width", "")) for rect in found.iter("rect")]
    assert widths == [370.0, 185.0, 1.0]
    assert [text.text for text in found.iter("text")][1::2] == ["4", "2", "0"]
    assert all(len(text.text or "") <= plots.LONGEST_LABEL for text in found.iter("text"))


@pytest.mark.parametrize(
    ("most", "top"), [(0, 4), (3, 4), (4, 4), (5, 8), (9, 12), (13, 20), (50, 80), (101, 200), (1000, 1000)]
)
def test_the_scale_ends_at_a_round_number_that_four_lines_divide(most: int, top: int) -> None:
    labels = [text.text for text in tree(plots.columns("x", ["v1"], {"a": [most]})).iter("text")]
    assert float(labels[4] or "") == top
    assert all(float(label or "").is_integer() for label in labels[:5])


def test_hostile_words_stay_words_and_an_empty_plot_is_one() -> None:
    hostile = '<script>x</script>"'
    assert "<script" not in plots.columns(hostile, [hostile], {hostile: [1], "b": [1]})
    assert "<script" not in plots.bars(hostile, [(hostile, 1)])
    assert tree(plots.columns("x", [], {}))[0].get("role") == "img"
