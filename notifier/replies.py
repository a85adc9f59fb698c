"""What a person says in answer to a letter, in plain words (pure): stop, pause, or yes and no to its tenders.

What is not plain is `unclear` and goes to a person: a wrong lesson would last longer than a question. A stop is taken
from little, since whoever wants no letters must get none.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, cast

from config.replies import REASONS, Vocabulary, vocabulary
from notifier import dates
from register.models import NoReason

LONGEST = 80
"""Words of an answer that is plain; longer ones tell a story."""
SHORT = 2
"""Words that may follow a stop that is one word: a name."""

Answer = Literal["yes", "maybe", "no"]


@dataclass(frozen=True)
class Said:
    """An answer to one tender. number: its place in the letter from 1; talk: somebody should call."""

    number: int
    answer: Answer
    reason: NoReason = ""
    talk: bool = False


@dataclass(frozen=True)
class Reply:
    """until: the day that a pause ends, None where none was named. said: in the order of the letter."""

    kind: Literal["stop", "pause", "answers", "unclear", "empty"]
    said: tuple[Said, ...] = ()
    until: date | None = None


@dataclass(frozen=True)
class _Clause:
    """numbers: of tenders; whole: all of them, the others, or neither; reasons: in the order of the text."""

    numbers: tuple[int, ...]
    whole: Literal["all", "others", ""]
    answer: Answer | None
    reasons: tuple[NoReason, ...]
    talk: bool
    torn: bool
    """Says yes and no, or a number that is no tender's."""


SENTENCE = re.compile(r"[\n;!]+|\.(?=\s|$)|(?<=\w)/(?=\s|$)|\s/\s?")
ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,255}")
WORD = re.compile(r"[\w'-]+")
NUMBER = re.compile(r"(?<![\w.,:/-])(?:(?:nr|nummer|number|no)\.? ?|# ?)?(\d{1,2})\)?(?![\w/-]|[.,:]\d)")
JOINTS = re.compile(r"[,:]\s*(?:men |och |but |and )?|\s(?:men|och|but|and|medan)\s")


def understand(text: str, *, tenders: Sequence[str], today: date) -> Reply:
    """What an answer says. text: the person's own words; tenders: title, buyer and place of each in the letter."""
    words = vocabulary()
    folded = re.sub(r"[^\S\n]+", " ", ADDRESS.sub(" ", text.casefold().replace("’", "'"))).strip()
    sentences = [sentence.strip(" ,:-–*/\"'") for sentence in SENTENCE.split(folded)]
    sentences = [sentence for sentence in sentences if WORD.search(sentence)]
    if not sentences:
        return Reply("empty")
    if any(_stops(sentence, words) for sentence in sentences):
        return Reply("stop")
    for sentence in sentences:
        pause = _pauses(sentence, words, today)
        if pause is not None:
            return pause
    if "?" in folded or len(WORD.findall(folded)) > LONGEST:
        return Reply("unclear")
    clauses = [_clause(part, words, tenders) for sentence in sentences for part in _parts(sentence, words)]
    said = _combine(clauses, len(tenders))
    return Reply("answers", said) if said else Reply("unclear")


def _stops(sentence: str, words: Vocabulary) -> bool:
    found = words.stop.search(sentence)
    if found is None:
        return False
    rest = WORD.findall(_without((words.stop, words.around), _without_answers(sentence, words)))
    single = found.start() == 0 and " " not in found[0] and len(rest) <= SHORT and not any(map(str.isdigit, rest))
    return not rest or single


def _pauses(sentence: str, words: Vocabulary, today: date) -> Reply | None:
    if not words.pause.search(sentence):
        return None
    found = dates.find(sentence, today)
    rest = sentence[: found.start] + " " + sentence[found.end :] if found else sentence
    if WORD.search(_without((words.pause, words.around), rest).replace("till", " ").replace("until", " ")):
        return None
    return Reply("pause", until=found.day if found else None)


def _without(expressions: Iterable[re.Pattern[str]], text: str) -> str:
    for expression in expressions:
        text = expression.sub(" ", text)
    return text


def _without_answers(text: str, words: Vocabulary) -> str:
    for phrase in reversed(list(words.read(text))):
        if phrase.means in ("no", "yes") and not words.stop.search(text[phrase.start : phrase.end]):
            text = text[: phrase.start] + " " + text[phrase.end :]
    return text


def _parts(sentence: str, words: Vocabulary) -> list[str]:
    """A sentence cut where the next answer begins: before an answer ("ja 1 och 3, nej 2"), or, where numbers come first
    ("1 och 3: ja, 2 nej"), before a number.
    """
    phrases = list(words.read(sentence))
    answers = [phrase.start for phrase in phrases if phrase.means in ("yes", "no", "maybe")]
    reasons = [phrase.start for phrase in phrases if phrase.means in REASONS]
    numbers = sorted(_places(sentence, words))
    if not numbers:
        # "Mora nej, Orsa ja"
        kinds = {phrase.means for phrase in phrases if phrase.means in ("yes", "no", "maybe")}
        return JOINTS.split(sentence) if len(kinds) > 1 else [sentence]
    if answers and answers[0] < numbers[0]:
        leading, other = answers, numbers
    else:
        leading, other = numbers, answers + reasons
    parts, since = [], 0
    for place in leading[1:]:
        if any(since <= between < place for between in other):
            parts.append(sentence[since:place])
            since = place
    return [*parts, sentence[since:]]


def _places(text: str, words: Vocabulary) -> Iterator[int]:
    """Where a text names tenders by number, or the others."""
    for found in NUMBER.finditer(text):
        if not words.units.match(text[found.end() :].lstrip()):
            yield found.start()
    for expression in (words.others, *words.numbers.values()):
        for found in expression.finditer(text):
            yield found.start()


def _clause(text: str, words: Vocabulary, tenders: Sequence[str]) -> _Clause:
    phrases = list(words.read(text))
    means = [phrase.means for phrase in phrases]
    reasons = tuple(
        cast(NoReason, phrase.means)
        for before, phrase in zip([None, *phrases], phrases, strict=False)
        if phrase.means in REASONS and not _is_turned(text[before.end if before else 0 : phrase.start], words)
    )
    no, yes = "no" in means or bool(reasons), "yes" in means
    answer: Answer | None
    if "maybe" in means:
        answer = "maybe"
    elif no:
        answer = "no"
    else:
        answer = "yes" if yes else None
    numbers = tuple(dict.fromkeys(_numbers(text, words)))
    whole: Literal["all", "others", ""] = ""
    if not numbers and words.others.search(text):
        whole = "others"
    elif not numbers and words.all.search(text):
        whole = "all"
    elif not numbers and (answer or "talk" in means):
        numbers = _named(text, tenders)
    torn = (no and yes and answer != "maybe") or any(not 1 <= number <= len(tenders) for number in numbers)
    if len(numbers) > 1 and len(set(reasons)) > 1:
        reasons = ()  # which of them is for which can't be told
    return _Clause(numbers, whole, answer, reasons, "talk" in means and not no, torn)


def _is_turned(before: str, words: Vocabulary) -> bool:
    """Whether a reason is denied: the last three words before it, in the same breath, hold a "not"."""
    breath = re.split(r"[,:(]", before)[-1]
    return bool(words.turned.search(" ".join(WORD.findall(breath)[-3:])))


def _numbers(text: str, words: Vocabulary) -> Iterator[int]:
    for found in NUMBER.finditer(text):
        if not words.units.match(text[found.end() :].lstrip()):
            yield int(found[1])
    for number, expression in words.numbers.items():
        if expression.search(text):
            yield number


def _named(text: str, tenders: Sequence[str]) -> tuple[int, ...]:
    """The one tender that words of a clause name; none where they name several."""
    told = [set(WORD.findall(tender.casefold())) for tender in tenders]
    found = set()
    for word in WORD.findall(text):
        holders = [number for number, own in enumerate(told, start=1) if word in own]
        if len(word) > 3 and len(holders) == 1:
            found.add(holders[0])
    return tuple(found) if len(found) == 1 else ()


def _combine(clauses: Sequence[_Clause], count: int) -> tuple[Said, ...]:
    """The clauses as answers to tenders; empty where they do not hold together."""
    said: dict[int, Said] = {}
    last: list[int] = []
    waiting: list[int] = []
    for clause in clauses:
        if clause.torn:
            return ()
        if clause.talk and clause.answer is None:
            if last and not clause.numbers:
                said.update({number: replace(said[number], talk=True) for number in last})
                continue
            clause = replace(clause, answer="yes")  # noqa: PLW2901  (whoever wants a call is interested)
        if clause.answer is None:
            if clause.numbers and last:
                model = said[last[0]]
                new = [replace(model, number=number) for number in clause.numbers]
            else:
                waiting += clause.numbers
                continue
        else:
            numbers = _meant(clause, waiting, said, count)
            if not numbers and last:
                # "2: nej. Det är för långt." The second sentence goes on about the same.
                added = _added(clause, [said[number] for number in last])
                if added is None:
                    return ()
                said.update({one.number: one for one in added})
                continue
            if not numbers:
                return ()
            reason = clause.reasons[0] if clause.reasons and clause.answer == "no" else ""
            new = [Said(number, clause.answer, reason, clause.talk) for number in numbers]
            waiting = []
        if any(one.number in said and said[one.number].answer != one.answer for one in new):
            return ()
        said.update({one.number: one for one in new})
        last = [one.number for one in new]
    return () if waiting else tuple(said[number] for number in sorted(said))


def _meant(clause: _Clause, waiting: Sequence[int], said: dict[int, Said], count: int) -> list[int]:
    named = list(dict.fromkeys([*waiting, *clause.numbers]))
    if named:
        return named
    if clause.whole == "all":
        return list(range(1, count + 1))
    if clause.whole == "others":
        return [number for number in range(1, count + 1) if number not in said]
    return [1] if count == 1 and not said else []


def _added(clause: _Clause, known: Sequence[Said]) -> list[Said] | None:
    """What a clause without a number adds to the answers before it; None where it says another thing."""
    if any(one.answer != clause.answer for one in known):
        return None
    reason = clause.reasons[0] if clause.reasons else ""
    return [replace(one, reason=one.reason or reason, talk=one.talk or clause.talk) for one in known]
