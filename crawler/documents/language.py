"""Which language a text is in, offline, among those that Swedish procurement documents come in."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

PLAUSIBLE = {"sv": "sv", "en": "en", "fi": "fi", "da": "da", "nb": "no", "no": "no", "de": "de"}
"""py3langid's labels, and ours. Short Swedish texts would else be found Faroese or Luxembourgish."""
ENOUGH = 60
"""Characters from which one part's language can be told."""
LOOKED_AT = 600
"""Characters of one part that are looked at."""


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages([label for label in PLAUSIBLE if label in identifier.labels])
    return identifier


def of(text: str) -> str:
    """ISO 639-1 code of a text; "" for one too short to tell."""
    if len(text) < ENOUGH:
        return ""
    return PLAUSIBLE[str(_identifier().classify(text[:LOOKED_AT])[0])]


def of_most(texts: Sequence[str], languages: Sequence[str]) -> str:
    """The language that most characters are in; of all texts together where each is too short."""
    letters: Counter[str] = Counter()
    for text, language in zip(texts, languages, strict=True):
        if language:
            letters[language] += len(text)
    return letters.most_common(1)[0][0] if letters else of(" ".join(texts[:200]))
