"""Corrections as gold data, in the form that `evaluate screening` reads (pure)."""

from collections.abc import Sequence

from matcher.screening import correcting
from matcher.screening.reader import RANK
from register.corrections import Correction
from register.models import Finding, Polarity


def rows(corrections: Sequence[Correction], findings: Sequence[Finding], language: str) -> list[dict[str, object]]:
    """Corrections of one notice as rows with id, lang, kind, text, labels: one for each passage.

    findings: of the same notice, as they are stored; those that stand in a passage and that nobody has judged are
    labels too, and `unjudged` names them. What only a code says makes no row.
    """
    made: dict[str, dict[str, object]] = {}
    for own in corrections:
        whole = correcting.flat(own.passage)
        if not whole or whole in made:
            continue
        labels: dict[str, Polarity] = {}
        for other in corrections:
            if not other.drops and correcting.flat(other.finding.quote) in whole:
                _label(labels, other.right_clause or other.clause, correcting.polarity(other))
        unjudged = set()
        for finding in findings:
            by_person = correcting.judged(finding, corrections) or correcting.made(finding, corrections)
            if by_person is None and finding.witness != "code only" and correcting.flat(finding.quote) in whole:
                _label(labels, finding.clause, finding.polarity)
                unjudged.add(finding.clause)
        made[whole] = {
            "id": f"correction-{own.id}",
            "lang": language,
            "kind": _kind(own, labels),
            "text": own.passage,
            "labels": labels,
            **({"unjudged": sorted(unjudged)} if unjudged else {}),
        }
    return list(made.values())


def _label(labels: dict[str, Polarity], clause: str, polarity: Polarity) -> None:
    known = labels.get(clause)
    if known is None or RANK[polarity] > RANK[known]:
        labels[clause] = polarity


def _kind(correction: Correction, labels: dict[str, Polarity]) -> str:
    if len(labels) > 1:
        return "multi"
    if labels:
        return next(iter(labels.values()))
    return "boilerplate" if correction.verdict == "boilerplate" else "lookalike"
