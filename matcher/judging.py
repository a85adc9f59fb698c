"""Takes down what a person says of a finding, screens anew what it touches, and gives what was said as gold data."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from config.errors import NotFoundError, SettingsError
from matcher import screener
from matcher.screening import correcting, gold, rules
from matcher.screening.reader import Judge
from register import corrections, documents, findings, joins, notices
from register.corrections import Correction, Verdict
from register.database import Register
from register.models import Finding, Notice

UNREAD = ""
"""Version of no rules: what is stored under it is read anew by the next screening."""


def correct(
    register: Register,
    number: str,
    clause: str,
    verdict: Verdict,
    *,
    right_clause: str = "",
    who: str,
    note: str = "",
    lot: str | None = None,
    words: str = "",
    now: datetime,
    judge: Judge | None = None,
) -> list[Finding]:
    """Keep a correction as `keep` does, screen the notice's tender anew, and return the notice's findings."""
    touched = keep(
        register, number, clause, verdict, right_clause=right_clause, who=who, note=note, lot=lot, words=words, now=now
    )
    for other in touched:
        screener.anew(register, notices.get(register, other), now=now, judge=judge)
    return findings.of(register, number)


def keep(
    register: Register,
    number: str,
    clause: str,
    verdict: Verdict,
    *,
    right_clause: str = "",
    who: str,
    note: str = "",
    lot: str | None = None,
    words: str = "",
    now: datetime,
) -> set[str]:
    """Keep a correction of a notice's finding; returns which notices are to be screened anew.

    The verdict is on what the readers found, not on an earlier correction: `right` takes an earlier one back.
    lot, words: which finding, where a clause has several; words are some of its sentence. Raises NotFoundError where
    there is no such finding, SettingsError where there are several or the right class is none.
    """
    if right_clause and (verdict != "wrong" or right_clause == clause or right_clause not in rules.CODES):
        raise SettingsError(
            f"The right class {right_clause!r} goes with the verdict wrong, and is another of {', '.join(rules.CODES)}"
        )
    if not who.strip():
        raise SettingsError("A correction needs the name of the person who makes it.")
    notice = notices.get(register, number)
    papers = documents.papers(register, number)
    found = _chosen(notice, findings.of(register, number), corrections.of(register, number), clause, lot, words)
    made = [
        Correction(
            notice=number,
            sentence=correcting.key(one.quote),
            verdict=verdict,
            right_clause=right_clause,
            who=who,
            note=note,
            at=now,
            finding=one,
            passage=correcting.passage(notice, one, papers),
        )
        for one in correcting.repeated(notice, found, papers)
    ]
    corrections.record(register, made)
    return {number, joins.tender(register, number)}


def lay_over(register: Register, number: str, *, now: datetime) -> None:
    """Lay the corrections of a notice over what is stored of it, at once and without reading it. What stood behind a
    finding that was taken away comes forward when it is next screened, which it then still has to be.
    """
    notice = notices.get(register, number)
    known, papers = corrections.of(register, number), documents.papers(register, number)
    found = correcting.apply(notice, findings.of(register, number), known, (), papers)
    findings.replace(register, notice, found, rules=UNREAD, at=now)


def export(register: Register) -> Iterator[dict[str, Any]]:
    """All corrections that hold as rows of gold data, one for each passage, in the order in which they were made."""
    by_notice: dict[str, list[Correction]] = {}
    for own in corrections.listing(register):
        by_notice.setdefault(own.notice, []).append(own)
    seen: set[str] = set()
    for number, made in by_notice.items():
        language = notices.get(register, number).language
        for row in gold.rows(made, findings.of(register, number), language):
            passage = correcting.flat(str(row["text"]))
            if passage not in seen:
                yield row
            seen.add(passage)


def _chosen(
    notice: Notice, found: list[Finding], known: list[Correction], clause: str, lot: str | None, words: str
) -> Finding:
    """The one finding that is meant, as the readers found it: one that is shown, else one that was taken away."""
    shown: list[Finding] = []
    for finding in found:
        earlier = correcting.made(finding, known)
        if earlier is not None and earlier.right_clause == finding.clause == clause:
            raise SettingsError(
                f"{clause} is what {earlier.who} made of {earlier.clause} here: correct {earlier.clause} instead."
            )
        if finding.clause == clause:
            shown.append(earlier.finding if earlier else finding)
    away = [own.finding for own in known if own.clause == clause and (own.drops or own.right_clause)]
    for pool in (shown, away):
        meant = [f for f in pool if lot in (None, f.lot) and correcting.flat(words) in correcting.flat(f.quote)]
        sentences = {correcting.key(f.quote): f for f in meant}
        if len(sentences) > 1:
            some = "; ".join(f"{f.lot or 'no lot'}: {f.quote[:80]!r}" for f in sentences.values())
            raise SettingsError(f"{clause} is found several times, name one by --lot or by some of its --words: {some}")
        if meant:
            return meant[0]
    there = ", ".join(sorted({f.clause for f in found})) or "nothing"
    raise NotFoundError(
        f"No such finding of {clause!r} in notice {notice.publication_number}. What is found there: {there}."
    )
