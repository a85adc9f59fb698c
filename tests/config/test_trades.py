import pytest

from config import trades


@pytest.mark.parametrize(
    ("text", "trade"),
    [
        ("Lokalvård 2027", "stadning"),
        ("Städning av trapphus", "stadning"),
        ("Fönsterputsning på sex förskolor", "fonsterputs"),
        ("Tvätt av gardiner", "tvatt"),
        ("Skötsel av grönytor och häckar", "tradgard"),
        ("Fruktkorgar till arbetsplatser", "frukt"),
        ("Drift av kafé i simhall", "kafe"),
        ("Flytthjälp och bohag", "flytt"),
        ("Skanning av byggnadsakter", "skanning"),
        ("Assembly and dispatch of kits", "packning"),
        ("Platser för arbetsträning", "arbetstraning"),
        ("Hunddagis", "hund"),
    ],
)
def test_a_text_names_its_trade(text: str, trade: str) -> None:
    assert trade in {m.trade for m in trades.find(text) if not m.stopped_by}


@pytest.mark.parametrize(
    ("text", "trade"),
    [
        ("Cafémöbler och barstolar", "kafe"),
        ("Tvättmaskiner till äldreboenden", "tvatt"),
        ("Gräsklippare och redskapsbärare", "tradgard"),
        ("Städmaskiner", "stadning"),
        ("Cykelväg till Överby", "cykel"),
        ("Byggande av gång- och cykelväg", "cykel"),
        ("Bevakning med hund", "hund"),
        ("Medicinsk rehabilitering", "arbetstraning"),
        ("Ledningsrehabilitering", "arbetstraning"),
        ("Måltidssystem", "catering"),
    ],
)
def test_a_look_alike_is_stopped(text: str, trade: str) -> None:
    assert trade not in {m.trade for m in trades.find(text) if not m.stopped_by}


def test_mentions_stand_where_they_say() -> None:
    text = "Vi SÖKER Lokalvård och fönsterputs"
    for mention in trades.find(text):
        assert text[mention.start : mention.end].strip()
