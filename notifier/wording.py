"""Words of a language from its locale file, and dates and amounts as people read them (pure)."""

from datetime import date, datetime
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml
from babel.dates import format_date, format_datetime

from config.errors import KnowledgeError


class Wording:
    """The texts of one language; a missing text is a KnowledgeError, never an empty line."""

    def __init__(self, language: str) -> None:
        self.language = language
        path = resources.files("notifier.locales").joinpath(f"{language}.yaml")
        try:
            self._texts: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise KnowledgeError(f"notifier/locales/{language}.yaml can't be read: {error}") from error

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key with its values filled in."""
        text = self._texts.get(key)
        if not isinstance(text, str):
            raise KnowledgeError(f"notifier/locales/{self.language}.yaml: {key!r} is missing")
        return text.format(**values)

    def clause(self, code: str, polarity: str) -> str:
        """What a clause means, in plain words."""
        try:
            return str(self._texts["clauses"][code][polarity])
        except KeyError:
            raise KnowledgeError(
                f"notifier/locales/{self.language}.yaml: clauses.{code}.{polarity} is missing"
            ) from None

    def day(self, at: date | datetime) -> str:
        """torsdag 17 december."""
        form = "EEEE d MMMM"
        return str(
            format_datetime(at, form, locale=self.language)
            if isinstance(at, datetime)
            else format_date(at, form, locale=self.language)
        )

    def weekday(self, at: date) -> str:
        """torsdag."""
        return str(format_date(at, "EEEE", locale=self.language))

    def amount(self, crowns: float) -> str:
        """90 000 kronor, 1,2 miljoner kronor; rounded as people say it."""
        if self.language != "sv":
            return f"SEK {round(crowns, -3):,.0f}"
        if crowns >= 999_500:
            number = f"{crowns / 1_000_000:.1f}".replace(".", ",").removesuffix(",0")
            return f"{number} miljon kronor" if number == "1" else f"{number} miljoner kronor"
        step = 1000 if crowns < 100_000 else 10_000
        return f"{round(crowns / step) * step:,}".replace(",", "\u00a0") + " kronor"


@lru_cache(maxsize=8)
def wording(language: str) -> Wording:
    """The wording of a language: sv or en."""
    return Wording(language)
