"""The notice's codes as a second witness beside its text: BT-71, 736, 775, 754, 726, and UHM's columns (pure)."""

from collections.abc import Iterator

from matcher.screening import rules
from register.models import Finding, Lot, Notice, Polarity

OBJECTIVES = {
    "opp": "employment_requirement",
    "work-cond": "labour_conditions",
    "hum-right": "supply_chain_rights",
    "gen-eq": "equality",
    "et-eq": "equality",
    "acc-all": "accessibility",
}
"""BT-775 to clauses; `other` names none."""
Said = tuple[str, str, Polarity, str]
"""Clause, lot id or "", polarity, the code as quoted."""


def said(notice: Notice) -> Iterator[Said]:
    """What the codes say, per lot; with one lot it holds for the whole procurement."""
    for lot in notice.lots:
        where = "" if len(notice.lots) == 1 else lot.id
        for clause, polarity, quote in _lot(lot):
            yield clause, where, polarity, quote
    if "reserved" in notice.flags:
        yield "reserved_participation", "", "affirmed", "Reserverad upphandling: True"
    if "reserved-execution" in notice.flags:
        yield "reserved_execution", "", "affirmed", "Reserverat genomförande: True"


def _lot(lot: Lot) -> Iterator[tuple[str, Polarity, str]]:
    codes = lot.codes
    match codes.reserved_participation:
        case "res-ws":
            yield "reserved_participation", "affirmed", "BT-71: res-ws"
        case "res-pub-ser":
            yield "reserved_public_service", "affirmed", "BT-71: res-pub-ser"
        case "none":
            yield "reserved_participation", "negated", "BT-71: none"
    if codes.reserved_execution in ("yes", "no"):
        polarity: Polarity = "affirmed" if codes.reserved_execution == "yes" else "negated"
        yield "reserved_execution", polarity, f"BT-736: {codes.reserved_execution}"
    for objective in codes.social_objectives:
        if objective in OBJECTIVES:
            yield OBJECTIVES[objective], "affirmed", f"BT-775: {objective}"
    if codes.accessibility == "inc":
        yield "accessibility", "affirmed", "BT-754: inc"
    if codes.sme_suitable:
        yield "small_lots", "affirmed", "BT-726: true"


def witness(notice: Notice, found: list[Finding]) -> list[Finding]:
    """Findings of the text with what the codes say beside them, and those that only a code makes.

    both: code and text agree; conflict: one affirms what the other denies; code only, text only. A code that denies
    is no finding by itself: every Swedish notice carries it.
    """
    codes = {(clause, lot): (polarity, quote) for clause, lot, polarity, quote in said(notice)}
    out: list[Finding] = []
    met: set[tuple[str, str]] = set()
    for finding in found:
        keys = [key for key in codes if key[0] == finding.clause and (not finding.lot or key[1] in ("", finding.lot))]
        met.update(keys)
        polarities = {codes[key][0] for key in keys}
        if not polarities:
            says = "text only" if finding.clause in CODED else ""
        elif ("affirmed" in polarities) == finding.flags:
            says = "both"
        else:
            says = "conflict"
        out.append(finding.model_copy(update={"witness": says}))
    for (clause, lot), (polarity, quote) in codes.items():
        if polarity == "affirmed" and (clause, lot) not in met:
            own = rules.clauses()[clause]
            out.append(
                Finding(
                    clause=clause,
                    polarity=polarity,
                    start=0,
                    end=0,
                    quote=quote,
                    legal_basis=own.legal_basis,
                    rule=f"code@{rules.ENGINE}",
                    confidence=0.6,
                    effect=own.effect,
                    field=quote.split(":")[0],
                    lot=lot,
                    witness="code only",
                )
            )
    return out


CODED = frozenset({"reserved_participation", "reserved_public_service", "reserved_execution", *OBJECTIVES.values()})
"""Clauses that a code could speak of."""
