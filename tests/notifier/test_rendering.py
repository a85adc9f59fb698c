import re
from pathlib import Path
from typing import Any

import pytest
from justhtml import JustHTML
from lxml import html as lxml_html

from notifier import rendering, weekly
from notifier.rendering import Letter, render
from tests.notifier import given
from tests.notifier.given import NOW
from tests.notifier.reading import addresses, left_over, shown

CLAUSES = sorted(p.stem for p in (Path(__file__).parents[2] / "config/clauses").glob("[a-z]*.yaml"))


def worded(*candidates: Any, **changes: Any) -> Letter:
    return render(given.digest(*candidates, **changes))


HOSTILE = (
    '<script>alert(1)</script><img src="https://evil.example/x.png"> {{ 7*7 }}\r\nBcc: offer@evil.example \u202egnp.exe'
)


def test_hostile_text_stays_text() -> None:
    own = given.lot(title=HOSTILE, description=HOSTILE * 400)
    hostile = given.candidate(given.notice(own, title=HOSTILE), findings=(given.finding(quote=HOSTILE * 5),))
    letter = worded(hostile, enterprise=given.enterprise(name=HOSTILE))
    tree: Any = lxml_html.fromstring(letter.html)
    assert not tree.xpath("//script|//img|//iframe|//object|//form|//@onclick")
    assert [a.get("href") for a in tree.xpath("//a")] == ["https://ted.europa.eu/sv/notice/-/detail/700001-2026"]
    assert "{{ 7*7 }}" in letter.text
    assert "\u202e" not in letter.html + letter.text + letter.subject
    assert "\n" not in letter.subject
    assert "\nBcc:" not in letter.text
    assert len(letter.html) < 30_000


def test_a_full_letter_is_small_and_needs_nothing_from_outside() -> None:
    long = "Ord " * 2000
    candidates = [
        given.candidate(
            given.notice(
                given.lot(description=long), publication_number=f"{700100 + n}-2026", procedure_id=f"p{n}", title=long
            ),
            findings=tuple(given.finding(clause, quote=long) for clause in CLAUSES),
        )
        for n in range(5)
    ]
    letter = worded(*candidates)
    assert len(letter.html.encode()) < 100_000
    tree: Any = lxml_html.fromstring(letter.html)
    assert tree.get("lang") == "sv"
    assert len(tree.xpath("//h1")) == 1
    assert len(tree.xpath("//h2")) == 2  # the tenders and the foot
    assert len(tree.xpath("//h3[not(@class)]")) == 5
    assert not tree.xpath("//img|//link|//script")
    assert "prefers-color-scheme: dark" in letter.html
    assert "url(" not in letter.html


def test_a_notice_in_another_language_is_marked_for_readers_aloud() -> None:
    own = given.candidate(given.notice(language="en", title="Window cleaning"))
    assert lxml_html.fromstring(worded(own).html).xpath("//h3[@lang='en']")


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("front", "back"),
    [
        *[("#1d1d1b", b) for b in ("#f4f2ee", "#ffffff")],
        *[("#4f4b45", b) for b in ("#f4f2ee", "#ffffff")],
        *[("#0b5394", b) for b in ("#f4f2ee", "#ffffff")],
        ("#3d2f00", "#fdf0c4"),
        *[(f, b) for f in ("#f1efea", "#cbc6bc", "#9cc9f5") for b in ("#1b1b1a", "#272725")],
        ("#fff0bd", "#4a3c0c"),
    ],
)
def test_contrast_is_at_least_aa(front: str, back: str) -> None:
    template = (Path(rendering.__file__).parent / "templates/letter.html.j2").read_text(encoding="utf-8")
    assert front in template
    assert back in template
    light, dark = sorted((luminance(front), luminance(back)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2.2, 1.4.3


def test_same_digest_same_letter() -> None:
    found = given.digest()
    assert render(found) == render(found.model_copy())
    assert found.at == NOW


def test_both_parts_hold_what_was_composed_and_nothing_else() -> None:
    lots = tuple(given.lot(id=f"LOT-000{n}", title=f"Område {n}") for n in range(1, 5))
    whole = given.notice(*lots, title="Parkskötsel")
    composed = weekly.compose(given.digest(*(given.candidate(whole, number=n) for n in range(4))))
    letter = rendering.lay_out(composed, at=NOW)
    said = list(composed.words())
    urls = [line.address for passage in composed.passages() for line in passage.lines if line.address]
    assert not re.sub(r"[\s.:*=\-\d)]", "", left_over(letter.text, said))
    assert not re.sub(r"[\s.:]", "", left_over(shown(letter.html), [word for word in said if word not in urls]))
    assert addresses(letter.html) == urls


def test_the_html_is_valid() -> None:
    JustHTML(worded().html, strict=True)


def test_however_many_changes_there_are_all_are_told_and_no_mail_program_cuts_them_off() -> None:
    told = {(f"p{n}", "LOT-0001", "1 2026-12-01T22:59Z") for n in range(150)}
    long = "Ordförande " * 200
    candidates = [
        given.candidate(given.notice(publication_number=f"{700100 + n}-2026", procedure_id=f"p{n}", title=long))
        for n in range(150)
    ]
    digest = given.digest(*candidates, told=told)
    assert len(digest.changes) == 150
    letter = render(digest)
    assert len(letter.html.encode()) < 100_000
    assert re.search(r"(?m)^- 150\. .+ Förut: tisdag 1 december\. Nu: torsdag 17 december\.$", letter.text)
