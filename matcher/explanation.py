"""Why a lot fits an enterprise and what to think of, in Swedish words that a manager understands (pure).

Every quoted word stands in its source: `ours` in the enterprise's own lines, `theirs` in the notice.
"""

import re

import numpy as np

from config import demands, refusals, trades
from matcher import texts
from matcher.index import LotIndex
from matcher.profile import Profile
from matcher.signals import is_next_door, nearest_km
from register.models import Reason

MOST_FITS, MOST_WATCH = 3, 3
LONGEST_QUOTE = 110
SAME_WORK, NEAR_WORK = 0.85, 0.75
"""Cosine of line and text from which on they are about the same work though they share neither word nor trade; though
they share but one word of the headline."""
SURE_WORK = 0.5
"""How surely the work must fit for the two texts to be set side by side."""
GOODS = "varor"
"""The trade of selling things: who does work on them does not sell them."""
WORK_ON_THINGS = re.compile(
    r"\b(?:laga\w*|reparera\w*|reparation\w*|service|\w+service|rengör\w*|städa\w*|tvätta\w*|vaxa\w*|genomgång\w*|hämta\w*)\b",
    re.IGNORECASE,
)
A_PART = re.compile(r"\b(?:del|område|delområde|anbudsområde|position|paket)\s+(?:\d{1,2}|[A-ZÅÄÖ])\b", re.IGNORECASE)
"""A lot by its number or letter."""
NOT_SOUGHT = re.compile(
    r"\b(?:ingår (?:inte|ej)|omfattas (?:inte|ej)|omfattar (?:inte|ej)|inte i uppdraget|tillhandahåller"
    r"|tillhandahålls av|(?:av|sköter|utför\w*) [^.]{0,40}\beg(?:en|et|na)\b|egen personal|annat avtal"
    r"|annan entreprenör)",
    re.IGNORECASE,
)
"""What a buyer does itself, has by another contract, or leaves out."""


def reasons(own: Profile, built: LotIndex, at: int, *, work: float = 1.0) -> tuple[Reason, ...]:
    """Reasons for the lot at position `at`: first why it fits (work, place, size, clause), then what to think of.

    work: how surely the kind of work fits, 0..1 (`Ranker.work`).
    """
    told = [_work(own, built, at, work), _opening(built, at), _near(own, built, at), _bearable(own, built, at)]
    fits = [reason for reason in told if reason and reason.kind == "fits"]
    watch = [reason for reason in told if reason and reason.kind == "watch"]
    watch += [*_refused(own, built, at), *_too_large(own, built, at), *_far(own, built, at)]
    watch += [*_demands(built, at), *_unknown(built, at)]
    return (*fits[:MOST_FITS], *watch[:MOST_WATCH])


def crowns(amount: float) -> str:
    """An amount in words for reading: 90 000 kronor, 1,2 miljoner kronor."""
    if amount >= 999_500:
        number = f"{amount / 1_000_000:.1f}".replace(".", ",").removesuffix(",0")
        return f"{number} miljon kronor" if number == "1" else f"{number} miljoner kronor"
    step = 1000 if amount < 100_000 else 10_000
    return f"{round(amount / step) * step:,}".replace(",", " ") + " kronor"


def _work(own: Profile, built: LotIndex, at: int, work: float) -> Reason | None:
    """The enterprise's line nearest to the lot beside the lot's words nearest to that line; where it is not surely the
    same work, the lot's words alone.
    """
    notice, lot = built.notices[at], built.lots[at]
    keep = [n for n, line in enumerate(own.lines) if line.kind in ("capability", "could_start", "about")]
    if not keep:
        return None
    start = built.first_passage[at]
    end = built.first_passage[at + 1] if at + 1 < len(built) else len(built.passages)
    cosines = (own.vectors[keep] @ built.passages[start:end].T).max(axis=1)
    headline = texts.headline(notice, lot)
    headline_terms = set(built.analyser.terms(headline))
    body_terms = set(built.analyser.terms(texts.body(notice, lot)[:2500]))
    lot_trades = _strengths(headline)
    line_trades = [_strengths(own.lines[number].text) for number in keep]

    def nearness(position: int) -> float:
        number = keep[position]
        terms = set(own.terms[number])
        shared = len(terms & headline_terms) * 2 + len(terms & body_terms)
        same_trade = bool(lot_trades.keys() & line_trades[position].keys())
        kind = {"capability": 0.02, "could_start": 0.0, "about": -0.02}[own.lines[number].kind]
        return float(cosines[position]) + 0.02 * min(shared, 3) + 0.04 * same_trade + kind

    best = max(range(len(keep)), key=nearness)
    line = keep[best]
    terms = set(own.terms[line])
    ours = _shorten(own.lines[line].text)
    theirs = _their_words(built, at, terms)
    shared = len(terms & headline_terms)
    both = lot_trades.keys() & line_trades[best].keys()
    same_trade = any(lot_trades[trade] == line_trades[best][trade] == trades.STRONG for trade in both)
    goods = GOODS in lot_trades and bool(WORK_ON_THINGS.search(own.lines[line].text))
    near = float(cosines[best])
    same = same_trade or shared >= 2 or (shared and near >= NEAR_WORK) or near >= SAME_WORK
    if goods or not same or work < SURE_WORK:
        text = f"De söker ”{theirs}”. Avgör om det är ert arbete."
        return Reason(kind="watch", text=text, theirs=theirs)
    opening = "Ni kan börja med" if own.lines[line].kind == "could_start" else "Ni skriver"
    return Reason(kind="fits", text=f"{opening} ”{ours}” – de söker ”{theirs}”.", ours=ours, theirs=theirs)


def _strengths(text: str) -> dict[str, float]:
    """How surely a text names each trade that it names, by its strongest word."""
    found: dict[str, float] = {}
    for mention in trades.find(text):
        if not mention.stopped_by:
            found[mention.trade] = max(found.get(mention.trade, 0.0), mention.strength)
    return found


def _their_words(built: LotIndex, at: int, terms: set[str]) -> str:
    """The lot's title, or, if that shares no word with the line, the sentence of its text that shares most words, and
    two at least. A sentence of another part, or of what the buyer does itself, is not what is sought of this lot.
    """
    notice, lot = built.notices[at], built.lots[at]
    title = lot.title if lot.title and lot.title != notice.title and len(lot.title.split()) > 2 else notice.title
    if terms & set(built.analyser.terms(title)):
        return _shorten(title)
    best, most = title, 1
    own_part = {found[0].casefold() for found in A_PART.finditer(f"{lot.id} {lot.title}")}
    for sentence in texts.sentences(texts.body(notice, lot))[:40]:
        parts = {found[0].casefold() for found in A_PART.finditer(sentence)}
        if NOT_SOUGHT.search(sentence) or (parts and not parts & own_part):
            continue
        shared = len(terms & set(built.analyser.terms(sentence)))
        if shared > most and len(sentence.split()) >= 3:
            best, most = sentence, shared
    return _shorten(best)


def _shorten(text: str) -> str:
    """At most LONGEST_QUOTE characters, cut at a word; always a prefix of the text, so that it can be found again."""
    text = text.strip().rstrip(".;,:")
    if len(text) <= LONGEST_QUOTE:
        return text
    return text[:LONGEST_QUOTE].rsplit(" ", 1)[0].rstrip(".;,:–-")


def _opening(built: LotIndex, at: int) -> Reason | None:
    lot = built.lots[at]
    told = [
        finding.quote
        for finding in built.findings[at]
        if finding.clause in ("reserved_participation", "reserved_execution") and finding.polarity == "affirmed"
    ]
    in_text = [quote for quote in told if not quote.startswith("BT-")]
    by_code = lot.codes.reserved_participation == "res-ws" or lot.codes.reserved_execution == "yes"
    if not told and not by_code:
        return None
    opening = "Upphandlingen är" if in_text else "Enligt en kod i annonsen är upphandlingen"
    text = (
        f"{opening} reserverad för företag som arbetar med integration på arbetsmarknaden. "
        "Köparen prövar vilka som får delta."
    )
    return Reason(kind="fits", text=text, theirs=next(filter(None, in_text), ""))


def _near(own: Profile, built: LotIndex, at: int) -> Reason | None:
    place = built.places[at]
    if own.enterprise.reach.nationwide:
        return Reason(kind="fits", text="Ni levererar i hela landet.")
    inside = [name for name in place.municipalities if name in own.reach]
    if inside:
        what = "Arbetet" if len(inside) == len(place.municipalities) else "En del av arbetet"
        return Reason(kind="fits", text=f"{what} är i {_join(inside)}, där ni arbetar.")
    counties = [county for county in place.counties if county in own.enterprise.reach.counties]
    return Reason(kind="fits", text="Arbetet är i ert län.") if counties else None


def _bearable(own: Profile, built: LotIndex, at: int) -> Reason | None:
    value = float(built.value_per_year[at])
    largest = own.enterprise.capacity.largest_contract_sek_per_year
    if np.isnan(value) or not largest or value > largest:
        return None
    return Reason(kind="fits", text=f"Storleken, ungefär {crowns(value)} per år, ryms i det ni klarar.")


def _refused(own: Profile, built: LotIndex, at: int) -> list[Reason]:
    """What the tender asks for that the enterprise says it never takes on, in both sides' words."""
    lines = {entry: line.text for line in own.lines if line.kind == "never" for entry in refusals.said(line.text)}
    if not lines:
        return []
    notice, lot = built.notices[at], built.lots[at]
    text = f"{texts.titles(notice, lot)}\n{texts.body(notice, lot)}"
    for place in refusals.asked(text):
        if place.refusal in lines:
            name = refusals.refusals()[place.refusal].name
            told = f"Ni har sagt nej till {name}. De skriver ”{place.quote}”. Kontrollera om det ingår."
            return [Reason(kind="watch", text=told, ours=lines[place.refusal], theirs=place.quote)]
    return []


def _too_large(own: Profile, built: LotIndex, at: int) -> list[Reason]:
    value = float(built.value_per_year[at])
    largest = own.enterprise.capacity.largest_contract_sek_per_year
    if np.isnan(value) or not largest or value <= largest:
        return []
    times = value / largest
    how = "något större" if times < 1.5 else f"ungefär {times:.0f} gånger större" if times >= 2 else "klart större"
    return [
        Reason(
            kind="watch",
            text=f"Ungefär {crowns(value)} per år är {how} än ert största avtal ({crowns(largest)}). "
            "Fråga er rådgivare om att lämna anbud tillsammans med andra.",
        )
    ]


def _far(own: Profile, built: LotIndex, at: int) -> list[Reason]:
    place = built.places[at]
    if own.enterprise.reach.nationwide:
        return []
    if not place.known and place.abroad:
        return [Reason(kind="watch", text=f"Arbetet är utanför Sverige ({_join(list(place.abroad))}).")]
    if not place.known:
        return [Reason(kind="watch", text="Annonsen säger inte tydligt var arbetet ska utföras.")]
    outside = [name for name in place.municipalities if name not in own.reach]
    if outside and len(outside) < len(place.municipalities):
        return [Reason(kind="watch", text=f"En del av arbetet är i {_join(outside)}, utanför ert område.")]
    if outside:
        distances = [d for name in outside if (d := nearest_km(own, name)) is not None]
        far = f", ungefär {min(distances):.0f} km fågelvägen från ert område" if distances else ""
        beside = ", som gränsar till ert område" if any(is_next_door(own, name) for name in outside) else ""
        return [Reason(kind="watch", text=f"Arbetet är i {_join(outside[:3])}{beside}{far}.")]
    if place.counties and not set(place.counties) & set(own.enterprise.reach.counties):
        return [Reason(kind="watch", text="Annonsen anger bara län som plats. Kontrollera var arbetet utförs.")]
    return []


def _demands(built: LotIndex, at: int) -> list[Reason]:
    text = texts.demanding(built.notices[at], built.lots[at])
    found = list(dict.fromkeys(demand.quote for demand in demands.find(text)))
    if not found:
        return []
    words = _join([f"”{word}”" for word in found[:2]])
    return [Reason(kind="watch", text=f"Annonsen nämner {words}. Kontrollera om det är ett krav.", theirs=found[0])]


def _unknown(built: LotIndex, at: int) -> list[Reason]:
    if np.isnan(built.value_per_year[at]):
        return [
            Reason(
                kind="watch",
                text="Köparen har inte fyllt i något värde. Se i texten eller fråga hur stort uppdraget är.",
            )
        ]
    return []


def _join(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} och {names[-1]}"
