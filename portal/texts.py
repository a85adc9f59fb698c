"""The pages' words in a language, and dates and amounts as people read them (pure)."""

from datetime import date, datetime
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

import yaml
from babel.dates import format_date, format_datetime

from config.errors import KnowledgeError
from matcher.screening import rules
from register.models import Lot, Money, Notice

STOCKHOLM = ZoneInfo("Europe/Stockholm")
LANGUAGES = ("sv", "en")


def load(language: str) -> dict[str, str]:
    """All texts of a language: of `sv.yaml` and of each area's own `AREA.sv.yaml`. Raises KnowledgeError."""
    found: dict[str, str] = {}
    for item in sorted(resources.files("portal.locales").iterdir(), key=lambda item: item.name):
        if item.name == f"{language}.yaml" or item.name.endswith(f".{language}.yaml"):
            texts = yaml.safe_load(item.read_text(encoding="utf-8"))
            twice = found.keys() & texts.keys()
            if twice:
                raise KnowledgeError(f"portal/locales/{item.name}: {', '.join(sorted(twice))} stand elsewhere too")
            found |= texts
    return found


class Texts:
    """Words of one language; used in templates as t("key")."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "sv"
        self._texts = load(self.language)

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key with its values. Raises KnowledgeError where it is missing."""
        if key not in self._texts:
            raise KnowledgeError(f"portal/locales: {key!r} is missing in {self.language}")
        return self._texts[key].format(**values)

    @property
    def other(self) -> str:
        """The language that a reader may switch to."""
        return "en" if self.language == "sv" else "sv"

    def day(self, at: datetime) -> str:
        """torsdag 17 december 2026 23:59."""
        return str(format_datetime(at.astimezone(STOCKHOLM), "EEEE d MMMM y HH:mm", locale=self.language))

    def date(self, at: date) -> str:
        """17 december 2026."""
        return str(format_date(at, "d MMMM y", locale=self.language))

    def clause(self, code: str) -> str:
        """The Swedish name of a clause."""
        return rules.clauses()[code].name if code in rules.clauses() else code

    def deadline(self, lot: Lot, now: datetime) -> str:
        """Weekday, date and days left."""
        if lot.open_ended:
            return self("open_ended")
        if lot.deadline is None:
            return self("not_stated")
        left = (lot.deadline.astimezone(STOCKHOLM).date() - now.astimezone(STOCKHOLM).date()).days
        return f"{self.day(lot.deadline)} ({self('past') if left < 0 else self('days_left', count=left)})"

    def money(self, money: Money | None) -> str:
        """An amount with its currency."""
        return f"{money.amount:,.0f} {money.currency}".replace(",", "\u00a0") if money else self("not_stated")

    def place(self, notice: Notice, lot: Lot) -> str:
        """Cities, else NUTS codes."""
        places = lot.places or notice.places
        return ", ".join(dict.fromkeys(p.city or p.nuts or "" for p in places if p.city or p.nuts)) or self(
            "not_stated"
        )


@lru_cache(maxsize=4)
def texts(language: str) -> Texts:
    """The words of a language, Swedish for any that is not known."""
    return Texts(language)
