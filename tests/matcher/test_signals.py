from typing import Any

import numpy as np
import pytest

from matcher import explanation, index, profile, signals
from register.models import Buyer, Codes, Enterprise, Finding, Money, Notice, Place, Reason
from register.placing import LotPlace, locate
from tests.conftest import WordEncoder, make_enterprise, make_lot, make_notice


def build(words: WordEncoder, enterprise: Enterprise, *notices: Notice, **findings: Any) -> tuple[Any, Any]:
    built = index.build(notices, findings.get("findings", {}), words)
    return profile.build(enterprise, words, built.analyser), built


def tender(number: str, title: str, city: str = "Mora", **lot: Any) -> Notice:
    fields = {"title": title, "description": "", "places": (Place(city=city),)} | lot
    return make_notice(number, title=title, lots=(make_lot(**fields),))


def test_every_signal_is_within_0_and_1(words: WordEncoder) -> None:
    notices = [
        tender("1-2026", "Fönsterputs i skolor"),
        tender("2-2026", "Gräsklippare", "Malmö", cpv=("16311000",), nature="supplies"),
        tender("3-2026", "", "Okänd ort", cpv=(), value=Money(amount=9e9)),
    ]
    own, built = build(words, make_enterprise(never=("plogning",)), *notices)
    values = signals.matrix(own, built)
    assert values.shape == (3, len(signals.SIGNALS))
    assert np.all((values >= 0) & (values <= 1))
    assert signals.matrix(own, index.build([], {}, words)).shape == (0, len(signals.SIGNALS))


def test_the_same_work_is_nearer_than_other_work(words: WordEncoder) -> None:
    own, built = build(
        words,
        make_enterprise(),
        tender("1-2026", "Fönsterputs i skolor"),
        tender("2-2026", "Leverans av dieselbränsle", cpv=("09134100",)),
    )
    for signal in (signals.words, signals.words_headline, signals.trade, signals.trade_share):
        values = signal(own, built)
        assert values[0] > values[1], signal.__name__


def test_what_is_refused_counts_in_other_words_too(words: WordEncoder) -> None:
    own, built = build(
        words,
        make_enterprise(never=("kväll och natt",)),
        tender("1-2026", "Städning av badhus", description="Arbetet utförs kl. 21.30-04.00."),
        tender("2-2026", "Nattstädning av badhus"),
        tender("3-2026", "Städning av skola", description="Arbetet utförs kl. 06.30-14.30."),
    )
    in_body, in_title, nothing = signals.never(own, built)
    assert in_title == 1
    assert 0 < in_body < 1
    assert nothing == 0
    (told,) = (reason for reason in explanation.reasons(own, built, 0) if reason.ours == "kväll och natt")
    assert (told.kind, told.theirs) == ("watch", "21.30-04.00")
    assert "nattarbete" in told.text


def test_place_falls_with_distance(words: WordEncoder) -> None:
    own, built = build(
        words,
        make_enterprise(),
        *(tender(f"{n}-2026", "Städ", city) for n, city in enumerate(["Mora", "Rättvik", "Falun", "Malmö"])),
    )
    values = signals.place(own, built)
    assert values[0] == 1
    assert list(values) == sorted(values, reverse=True)
    assert values[3] < 0.01
    nationwide, built = build(words, make_enterprise(reach={"nationwide": True}), tender("1-2026", "Städ", "Malmö"))
    assert signals.place(nationwide, built).tolist() == [1]


def test_short_work_and_high_demands_count_less(words: WordEncoder) -> None:
    demanding = "Ni är certifierade enligt ISO 9001 och har en omsättning om fem miljoner. Krav på referensobjekt."
    own, built = build(
        words,
        make_enterprise(),
        tender("1-2026", "Städ", duration_months=36),
        tender("2-2026", "Städ", duration_months=3),
        make_notice("3-2026", title="Städ", lots=(make_lot(title="Städ", description=demanding),)),
        make_notice("4-2026", title="Städ", lots=(make_lot(title="Städ", description="Ingen certifiering krävs."),)),
    )
    assert signals.lasting(own, built)[:2].tolist() == [1.0, 0.25]
    assert signals.demands(own, built).tolist() == [0, 0, 1, 0]


def test_size_is_1_up_to_the_capacity_and_half_at_twice(words: WordEncoder) -> None:
    # 500 000 a year is the most; the lots run for two years.
    values = [Money(amount=a) for a in (1_000_000, 2_000_000, 4_000_000)]
    tenders = [tender(f"{n}-2026", "Städ", value=value) for n, value in enumerate(values)]
    own, built = build(words, make_enterprise(), *tenders, tender("9-2026", "Städ"))
    assert signals.size(own, built).tolist() == pytest.approx([1.0, 0.5, 0.0, signals.UNKNOWN_SIZE])


def test_a_reservation_opens_by_code_or_by_text(words: WordEncoder) -> None:
    finding = Finding(
        clause="reserved_participation", polarity="possible", start=0, end=1, quote="x", legal_basis="-", rule="r@1",
        confidence=1, effect="opens",
    )  # fmt: skip
    own, built = build(
        words,
        make_enterprise(),
        tender("1-2026", "Städ", codes=Codes(reserved_participation="res-ws")),
        tender("2-2026", "Städ"),
        tender("3-2026", "Städ"),
        findings={"2-2026": [finding]},
    )
    assert signals.opening(own, built).tolist() == [1.0, 0.5, 0.0]


@pytest.mark.parametrize(
    ("notice", "municipalities", "how"),
    [
        (make_notice(), ("Mora",), "utförandeort"),
        (make_notice(title="Gardintvätt för Borlänge kommun", buyer=Buyer(name="LUDVIKA KOMMUN"),
                     lots=(make_lot(title="Gardintvätt för Borlänge kommun", places=()),)), ("Borlänge",), "rubrik"),
        (make_notice(title="Städ", lots=(make_lot(title="Del Rättvik", places=()),)), ("Rättvik",),
         "anbudsområdets rubrik"),
        (make_notice(title="Städ", buyer=Buyer(name="LUDVIKA KOMMUN"), lots=(make_lot(title="Städ", places=()),)),
         ("Ludvika",), "köpare"),
    ],
)  # fmt: skip
def test_the_place_is_that_of_the_work_and_last_the_buyers(
    notice: Notice, municipalities: tuple[str, ...], how: str
) -> None:
    found = locate(notice, notice.lots[0])
    assert (found.municipalities, found.how) == (municipalities, how)


def test_a_county_alone_is_half_a_place(words: WordEncoder) -> None:
    own, _ = build(words, make_enterprise(), make_notice())
    assert signals.place_value(own, LotPlace(counties=("20",))) == 0.5
    assert signals.place_value(own, LotPlace(counties=("12",))) < 0.1
    assert signals.place_value(own, LotPlace()) == signals.UNKNOWN_PLACE


def test_every_quoted_word_stands_in_its_source(words: WordEncoder) -> None:
    notice = make_notice(title="Skötsel av utemiljö", lots=(make_lot(title="Skötsel av utemiljö", cpv=("77310000",)),))
    own, built = build(words, make_enterprise(), notice, make_notice("2-2026"))
    lines = " ".join([*own.enterprise.capabilities, own.enterprise.about])
    text = f"{notice.title} {notice.lots[0].description} {make_notice().title}"
    for at in range(len(built)):
        for reason in explanation.reasons(own, built, at):
            assert reason.ours in lines
            assert reason.theirs in text
            assert "behörig" not in reason.text


def work_reason(words: WordEncoder, enterprise: Enterprise, notice: Notice) -> Reason:
    own, built = build(words, enterprise, notice)
    return next(reason for reason in explanation.reasons(own, built, len(built) - 1) if reason.theirs)


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("syr gardiner", "Juridisk rådgivning"),
        # Who repairs does not sell.
        ("lagar cyklar och barnvagnar", "Inköp av cyklar och barnvagnar"),
    ],
)
def test_what_is_not_surely_the_same_work_is_left_to_the_reader(words: WordEncoder, line: str, title: str) -> None:
    reason = work_reason(words, make_enterprise(capabilities=(line,), about=""), tender("1-2026", title, cpv=()))
    assert reason.kind == "watch"
    assert reason.text == f"De söker ”{title}”. Avgör om det är ert arbete."


def test_where_the_work_is_unsure_no_pair_is_made(words: WordEncoder) -> None:
    own, built = build(words, make_enterprise(), make_notice())
    sure, unsure = (explanation.reasons(own, built, 0, work=work) for work in (0.5, 0.49))
    assert sure[0].text.startswith("Ni skriver ”putsar fönster åt skolor” – de söker")
    assert [r.kind for r in unsure if r.theirs and "Avgör om" in r.text] == ["watch"]
    assert not any("Ni skriver" in r.text for r in unsure)


def test_who_grows_what_is_bought_reads_of_it(words: WordEncoder) -> None:
    own = make_enterprise(capabilities=("grönsaker och potatis i säsong",), about="")
    reason = work_reason(words, own, tender("1-2026", "Grönsaker och potatis till skolkök"))
    assert (reason.kind, reason.ours) == ("fits", "grönsaker och potatis i säsong")


@pytest.mark.parametrize(
    "other",
    [
        "Häckarna klipps av pastoratets egen trädgårdsmästare.",
        "Klippning av häckar ingår inte.",
        "Häckar vid skolan sköts enligt annat avtal.",
        "Del 2 omfattar klippning av häckar.",
    ],
)
def test_what_is_not_sought_of_the_lot_is_not_quoted(words: WordEncoder, other: str) -> None:
    own = make_enterprise(capabilities=("klipper häckar",), about="")
    lot = make_lot(title="Del 1", description=f"{other} Gräs ska klippas.", cpv=("77310000",))
    reason = work_reason(words, own, make_notice(title="Skötsel av grönytor", lots=(lot,)))
    assert reason.theirs in ("Skötsel av grönytor", "Gräs ska klippas")


def test_a_reservation_that_only_a_code_tells_is_told_so(words: WordEncoder) -> None:
    lot = make_lot(codes=Codes(reserved_participation="res-ws"))
    own, built = build(words, make_enterprise(), make_notice(lots=(lot,)))
    (told,) = [r.text for r in explanation.reasons(own, built, 0) if "reserverad" in r.text]
    assert told.startswith("Enligt en kod i annonsen är upphandlingen reserverad")


def test_work_that_lies_in_part_within_reach_is_told_so(words: WordEncoder) -> None:
    lot = make_lot(places=(Place(city="Mora"), Place(city="Falun")))
    own, built = build(words, make_enterprise(), make_notice(lots=(lot,)))
    told = [r.text for r in explanation.reasons(own, built, 0)]
    assert "En del av arbetet är i Mora, där ni arbetar." in told
    assert "En del av arbetet är i Falun, utanför ert område." in told


def test_what_is_too_large_or_too_far_is_said(words: WordEncoder) -> None:
    own, built = build(
        words, make_enterprise(), tender("1-2026", "Fönsterputs", "Falun", value=Money(amount=8_000_000))
    )
    watch = [r.text for r in explanation.reasons(own, built, 0) if r.kind == "watch"]
    assert any("8 gånger större" in text for text in watch)
    assert not any("gränsar" in text for text in watch)
    assert any("Falun" in text and "km" in text for text in watch)


def test_what_is_in_the_next_municipality_is_said(words: WordEncoder) -> None:
    own, built = build(words, make_enterprise(), tender("1-2026", "Fönsterputs", "Älvdalen"))
    watch = [r.text for r in explanation.reasons(own, built, 0) if r.kind == "watch"]
    assert any(text.startswith("Arbetet är i Älvdalen, som gränsar till ert område, ungefär 3") for text in watch)


def test_work_in_another_country_is_said_and_counts_little(words: WordEncoder) -> None:
    abroad = make_notice("1-2026", lots=(make_lot(places=(Place(nuts="NO020", city="Trysil"),)),))
    own, built = build(words, make_enterprise(), abroad)
    assert signals.place(own, built)[0] < signals.UNKNOWN_PLACE
    assert any("utanför Sverige (NO)" in r.text for r in explanation.reasons(own, built, 0))


@pytest.mark.parametrize(
    ("amount", "words_"),
    [
        (90_400, "90 000 kronor"),
        (184_000, "180 000 kronor"),
        (1_000_000, "1 miljon kronor"),
        (2_345_000, "2,3 miljoner kronor"),
    ],
)
def test_amounts_are_said_as_people_do(amount: float, words_: str) -> None:
    assert explanation.crowns(amount) == words_
