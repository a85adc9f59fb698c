"""Which lots a sentence of the whole procurement speaks of."""

import pytest

from matcher.screening import correcting, reader
from matcher.screening.lots import named_lots
from register.models import Codes, Notice
from tests.conftest import make_lot, make_notice
from tests.matcher.screening.test_correcting import word

TITLES = ("Städning av skolor", "Fönsterputs i stadshuset", "Gräsklippning norr", "Snöröjning")


def notice(*titles: str, description: str = "", **codes: str) -> Notice:
    lots = [
        make_lot(id=f"LOT-{number:04d}", title=title, description="Se underlaget.", codes=Codes(**codes))
        for number, title in enumerate(titles or TITLES, start=1)
    ]
    return make_notice(lots=tuple(lots), description=description)


def numbers(own: Notice, sentence: str) -> list[int]:
    return [int(lot[-4:]) for lot in named_lots(own, sentence)]


@pytest.mark.parametrize(
    ("sentence", "named"),
    [
        ("Anbudsområde 1 är reserverat, övriga inte.", [1]),
        ("Anbudsområdena 1 och 3 är reserverade enligt 4 kap. 18 § LOU.", [1, 3]),
        ("Delarna 1, 2 samt 4 är reserverade.", [1, 2, 4]),
        ("Delområde 2–4 är förbehållet sociala företag.", [2, 3, 4]),
        ("Reserverat: del nr 2", [2]),
        ("Lots 1 and 2 are reserved for sheltered workshops.", [1, 2]),
        ("Alla delar utom 3 är reserverade.", [1, 2, 4]),
        ("Samtliga områden är reserverade, med undantag för område 4.", [1, 2, 3]),
        ("Gräsklippning norr är reserverad för sociala företag.", [3]),
        ("3 | Gräsklippning norr | Ja, reserverat", [3]),
        ("Upphandlingen är reserverad.", []),
        ("Reserverat enligt 4 kap. 18 § LOU.", []),
        ("Anbudsområde 9 är reserverat.", []),
        ("En del i upphandlingen är reserverad.", []),
        ("Enligt del 2 i förfrågningsunderlaget är upphandlingen reserverad.", []),
        ("Leverantören ska ta emot 2 praktikanter per del.", []),
    ],
)
def test_lots_are_known_by_number_and_title(sentence: str, named: list[int]) -> None:
    assert numbers(notice(), sentence) == named


def test_the_name_in_a_lots_title_comes_before_its_place() -> None:
    own = notice("Del C: Städning", "Del A: Snö", "Del B: Gräs")
    assert numbers(own, "Del A är reserverad.") == [2]
    assert numbers(own, "Del B och C är reserverade.") == [1, 3]
    assert numbers(own, "Del 1 är reserverad.") == []


RESERVED = "Anbudsområde 1 och 3 är reserverade för sociala företag enligt 4 kap. 18 § LOU, övriga är öppna."


def test_a_reservation_of_two_lots_is_told_of_these_two() -> None:
    found = reader.read_notice(notice(description=RESERVED))
    assert [(f.clause, f.polarity, f.lot, f.quote) for f in found] == [
        ("reserved_participation", "affirmed", lot, RESERVED) for lot in ("LOT-0001", "LOT-0003")
    ]


def test_a_lot_that_is_reserved_by_code_and_named_in_the_text_has_both_witnesses() -> None:
    own = notice(description=RESERVED)
    lots = [lot.model_copy(update={"codes": Codes(reserved_participation=code)})
            for lot, code in zip(own.lots, ("res-ws", "none", "none", "none"), strict=True)]  # fmt: skip
    found = reader.read_notice(own.model_copy(update={"lots": tuple(lots)}))
    assert [(f.lot, f.witness) for f in found] == [("LOT-0001", "both"), ("LOT-0003", "conflict")]


def test_small_lots_are_of_all_lots() -> None:
    found = reader.read_notice(notice(description="Anbud får lämnas på del 1 eller 2 eller på båda."))
    assert [(f.clause, f.lot) for f in found] == [("small_lots", "")]


@pytest.mark.parametrize(
    ("verdict", "left"),
    [("negated", ["negated", "negated"]), ("wrong", []), ("right", ["affirmed", "affirmed"])],
)
def test_a_correction_of_a_sentence_holds_for_each_lot_that_it_names(verdict: str, left: list[str]) -> None:
    own = notice(description=RESERVED)
    found = correcting.read(own, [word(own, verdict)])
    assert [f.polarity for f in found] == left
    assert [f.lot for f in found] == ["LOT-0001", "LOT-0003"][: len(left)]
