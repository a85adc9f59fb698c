"""The letters' words, by language, and dates and amounts as people write them."""

from collections.abc import Sequence
from datetime import date, time
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import format_decimal

from config.errors import KnowledgeError

FOLDER = Path(__file__).parent / "locales"


class Wording:
    """The words of one language: `word(key, **values)`, with dotted keys into the locale's file."""

    def __init__(self, language: str, texts: dict[str, Any]) -> None:
        self.language = language
        self._texts = texts

    def has(self, key: str) -> bool:
        """Whether there is a text of that key: some are only there in some levels."""
        return isinstance(self._found(key), str)

    def _found(self, key: str) -> Any:
        text: Any = self._texts
        for part in key.split("."):
            text = text.get(part) if isinstance(text, dict) else None
        return text

    def word(self, key: str, **values: object) -> str:
        """The text of a key with its {values} filled in. Raises KnowledgeError for an unknown key or value."""
        text = self._found(key)
        if not isinstance(text, str):
            raise KnowledgeError(f"notifier/locales/{self.language}.yaml has no text {key}.")
        try:
            return text.format(**values)
        except (KeyError, IndexError, ValueError) as error:
            raise KnowledgeError(f"notifier/locales/{self.language}.yaml, {key}: {error!r}") from error

    def count(self, key: str, number: int, **values: object) -> str:
        """The text of `key`.one or `key`.many."""
        return self.word(f"{key}.{'one' if number == 1 else 'many'}", n=self.number(number), **values)

    def join(self, parts: Sequence[str]) -> str:
        """A, B och C."""
        return str(format_list(list(parts), locale=self.language))

    def number(self, value: float) -> str:
        """A whole number with the language's grouping: 90 000."""
        return str(format_decimal(round(value), locale=self.language))

    def day(self, day: date, today: date) -> str:
        """Weekday, day and month, with the year where it is another than today's: torsdag 17 december."""
        form = self.word("date" if day.year == today.year else "date_with_year")
        return str(format_date(day, form, locale=self.language))

    def near(self, day: date, today: date) -> str:
        """A day as a subject line has room for: i dag, i morgon, fredag, 4 december."""
        left = (day - today).days
        if left <= 1:
            return self.word("today" if left <= 0 else "tomorrow")
        return str(format_date(day, "EEEE" if left < 7 else "d MMMM", locale=self.language))

    def clock(self, at: time) -> str:
        """Time of day: 12.00."""
        return str(format_time(at, self.word("time"), locale=self.language))

    def amount(self, amount: float, currency: str) -> str:
        """An estimate rounded to what it can bear: 90 000 kronor, 1,2 miljoner kronor."""
        unit = (
            self.word("money.SEK") if currency == "SEK" else self.word("money.EUR") if currency == "EUR" else currency
        )
        if amount >= 999_500:
            figure = format_decimal(round(amount / 1_000_000, 1), format="#,##0.#", locale=self.language)
            return self.word("money.million" if figure == "1" else "money.millions", n=figure, unit=unit)
        step = 1 if amount < 1000 else 1000 if amount < 100_000 else 10_000
        return f"{self.number(round(amount / step) * step)} {unit}"


@lru_cache(maxsize=8)
def load(language: str, level: str = "plain") -> Wording:
    """The words of a language. level `easy` (lättläst) has simpler ones in LANGUAGE.easy.yaml, where the language has
    such a file; what it does not word anew is as in `plain`. Raises KnowledgeError where there is no such locale.
    """
    texts = _texts(language)
    if level == "easy" and (FOLDER / f"{language}.easy.yaml").is_file():
        texts = _over(texts, _texts(f"{language}.easy"))
    return Wording(language, texts)


def _texts(name: str) -> dict[str, Any]:
    path = FOLDER / f"{name}.yaml"
    if not path.is_file():
        raise KnowledgeError(f"No letters in language {name!r}: {path.name} is missing in notifier/locales.")
    texts = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(texts, dict):
        raise KnowledgeError(f"notifier/locales/{path.name} must hold a table of texts.")
    return texts


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """`above` laid over `below`, table by table."""
    both = {
        key: _over(below[key], value) if isinstance(value, dict) and isinstance(below.get(key), dict) else value
        for key, value in above.items()
    }
    return below | both
