"""A person's word over the readers': it sticks while the sentence is unchanged, and says nothing of other sentences."""

from typing import Any

import pytest

from matcher.screening import correcting, reader
from register.corrections import Correction
from register.models import Codes, Finding, Notice
from tests.conftest import NOW, make_lot, make_notice

RESERVED = "Upphandlingen är reserverad enligt 4 kap. 18 § LOU."
DENIED = "Upphandlingen är inte reserverad."
ONLY = "Anbud får endast lämnas av skyddade verkstäder och av företag vars huvudsakliga syfte är social integration."
PLAIN = "Fönster putsas två gånger om året."


def notice(*sentences: str, **codes: Any) -> Notice:
    return make_notice(lots=(make_lot(description=" ".join(sentences), codes=Codes(**codes)),))


def word(own: Notice, verdict: str, clause: str = "reserved_participation", **changes: Any) -> Correction:
    """What Asta says of the notice's finding of a clause."""
    finding = next(f for f in reader.read_notice(own) if f.clause == clause)
    given = {
        "notice": own.publication_number,
        "sentence": correcting.key(finding.quote),
        "verdict": verdict,
        "who": "Asta",
        "at": NOW,
        "finding": finding,
        "passage": correcting.passage(own, finding),
    }
    return Correction(**{**given, **changes})


def told(found: list[Finding]) -> list[tuple[str, str, str, str]]:
    return [(f.clause, f.polarity, f.quote, f.rule.split("@")[0]) for f in found]


def assert_quotes(own: Notice, found: list[Finding]) -> None:
    texts = {field: text for field, _, text in reader.field_texts(own)}
    assert all(texts[f.field][f.start : f.end] == f.quote for f in found)


@pytest.mark.parametrize("verdict", ["wrong", "boilerplate"])
def test_what_is_wrong_or_boilerplate_is_dropped(verdict: str) -> None:
    own = notice(PLAIN, RESERVED)
    assert correcting.read(own, [word(own, verdict)]) == []


def test_a_negated_one_keeps_its_sentence_and_loses_its_effect() -> None:
    own = notice(PLAIN, RESERVED)
    [found] = correcting.read(own, [word(own, "negated")])
    assert told([found]) == [("reserved_participation", "negated", RESERVED, "person")]
    assert (found.effect, found.confidence, found.rule) == ("info", 1.0, "person@Asta")
    assert_quotes(own, [found])


def test_a_wrong_class_becomes_the_right_one_with_its_law_and_effect() -> None:
    own = notice(PLAIN, RESERVED)
    [found] = correcting.read(own, [word(own, "wrong", right_clause="reserved_public_service")])
    assert told([found]) == [("reserved_public_service", "affirmed", RESERVED, "person")]
    assert found.legal_basis.startswith("LOU 19 kap.")


def test_a_right_one_is_left_as_the_rules_found_it() -> None:
    own = notice(PLAIN, RESERVED)
    assert correcting.read(own, [word(own, "right")]) == reader.read_notice(own)


def test_a_right_one_stays_when_rules_no_longer_find_it_or_say_otherwise() -> None:
    own = notice(PLAIN, RESERVED)
    right = word(own, "right")
    [lost] = correcting.apply(own, [], [right])
    assert told([lost]) == [("reserved_participation", "affirmed", RESERVED, "person")]
    turned = right.finding.model_copy(update={"polarity": "negated", "effect": "info"})
    [kept] = correcting.apply(own, [turned], [right])
    assert (kept.polarity, kept.effect, kept.rule) == ("affirmed", "opens", "person@Asta")


@pytest.mark.parametrize("verdict", ["negated", "boilerplate", "wrong"])
def test_what_stood_behind_the_judged_sentence_comes_forward(verdict: str) -> None:
    own = notice(RESERVED, PLAIN, ONLY)
    first = word(own, verdict)
    other = ONLY if first.finding.quote == RESERVED else RESERVED
    found = correcting.read(own, [first])
    assert [f.quote for f in found if f.flags] == [other]
    assert_quotes(own, found)


def test_it_sticks_wherever_the_sentence_stands_and_however_it_is_broken() -> None:
    own = notice(PLAIN, RESERVED)
    wrong = word(own, "wrong")
    moved = notice("Avtalet gäller i fyra år.", RESERVED.replace(" ", "\n", 2).replace("reserverad", "reserve-\nrad"))
    assert [f.clause for f in reader.read_notice(moved)] == ["reserved_participation"]
    assert correcting.read(moved, [wrong]) == []
    assert correcting.holds(moved, wrong)


def test_a_changed_sentence_is_judged_anew() -> None:
    own = notice(PLAIN, RESERVED)
    changed = notice(PLAIN, RESERVED.replace("Upphandlingen", "Hela upphandlingen"))
    wrong, negated = word(own, "wrong"), word(own, "negated")
    for correction in (wrong, negated):
        assert correcting.read(changed, [correction]) == reader.read_notice(changed)
        assert not correcting.holds(changed, correction)


def test_readers_that_cut_more_finely_do_not_get_round_it() -> None:
    own = notice(PLAIN, RESERVED)
    wrong = word(own, "wrong")
    finer = wrong.finding.model_copy(update={"end": wrong.finding.end - 5, "quote": wrong.finding.quote[:-5]})
    assert correcting.apply(own, [finer], [wrong]) == []
    wider = wrong.finding.model_copy(update={"start": 0, "quote": f"{PLAIN} {RESERVED}"})
    assert [f.quote for f in correcting.apply(own, [wider], [wrong])] == [wider.quote]


def test_other_clauses_and_other_lots_are_not_touched() -> None:
    lots = (make_lot(id="LOT-0001", description=RESERVED), make_lot(id="LOT-0002", description=ONLY))
    own = make_notice(lots=lots)
    first = word(own, "wrong")
    found = correcting.read(own, [first])
    assert [(f.lot, f.quote) for f in found] == [("LOT-0002", ONLY)]


def test_a_sentence_that_two_lots_share_is_judged_in_both() -> None:
    lots = (
        make_lot(id="LOT-0001", description=f"Mora. {RESERVED}"),
        make_lot(id="LOT-0002", description=f"Orsa. {RESERVED}"),
    )
    own = make_notice(lots=lots)
    assert len(reader.read_notice(own)) == 2
    assert [(f.lot, f.polarity) for f in correcting.read(own, [word(own, "negated")])] == [
        ("LOT-0001", "negated"),
        ("LOT-0002", "negated"),
    ]


def test_a_sentence_that_two_fields_share_is_told_for_each() -> None:
    lot = make_lot(title=RESERVED, description=f"{PLAIN} {RESERVED}")
    own = make_notice(lots=(lot,))
    finding = next(f for f in reader.read_notice(own))
    assert {f.field for f in correcting.repeated(own, finding)} == {"BT-21-Lot", "BT-24-Lot"}


def test_the_code_is_heard_again_after_a_correction() -> None:
    own = notice(PLAIN, RESERVED, reserved_participation="res-ws")
    assert [f.witness for f in reader.read_notice(own)] == ["both"]
    assert [f.witness for f in correcting.read(own, [word(own, "negated")])] == ["conflict"]
    [left] = correcting.read(own, [word(own, "wrong")])
    assert (left.witness, left.quote) == ("code only", "BT-71: res-ws")


def test_a_finding_of_a_code_alone_can_be_corrected_too() -> None:
    own = notice(PLAIN, reserved_participation="res-ws")
    assert correcting.read(own, [word(own, "wrong")]) == []
    [denied] = correcting.read(own, [word(own, "negated")])
    assert (denied.polarity, denied.rule) == ("negated", "person@Asta")
    assert correcting.holds(own, word(own, "wrong"))
    assert not correcting.holds(notice(PLAIN), word(own, "wrong"))


def test_who_made_a_finding_is_known_from_what_is_shown() -> None:
    own = notice(PLAIN, RESERVED)
    wrong = word(own, "wrong", right_clause="reserved_public_service")
    [found] = correcting.read(own, [wrong])
    assert correcting.made(found, [wrong]) == wrong
    assert correcting.made(found, [word(own, "wrong")]) is None


def test_a_finding_of_a_document_is_corrected_by_its_sentence() -> None:
    own = notice(PLAIN, RESERVED)
    [real] = reader.read_notice(own)
    found = real.model_copy(update={"field": "underlag.pdf", "start": 900, "end": 900 + len(RESERVED)})
    for verdict, kept in (("negated", ["negated"]), ("right", ["affirmed"]), ("boilerplate", [])):
        correction = word(own, verdict, finding=found)
        assert [f.polarity for f in correcting.apply(own, [found], [correction])] == kept
