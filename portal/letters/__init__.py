"""Links of letters: say yes to them, stop and pause them, answer a tender. No log-in: the link proves who asks.

A GET shows what a press of the button would do and changes nothing; a POST acts, and again is harmless.
"""

from notifier.links import Purpose
from portal.letters import answer, consent
from portal.routes import BY_LINK, Route, by_link
from portal.visits import View


def _pair(name: str, purpose: Purpose, show: View, shown: str, act: View, acted: str) -> tuple[Route, Route]:
    """The page with the button, and what the button does."""
    path = by_link(purpose)
    return (
        Route(f"{name}.show", "GET", path, show, BY_LINK, shown, purpose=purpose),
        Route(f"{name}.act", "POST", path, act, BY_LINK, acted, purpose=purpose),
    )


ROUTES: tuple[Route, ...] = (
    *_pair(
        "letter_confirm",
        "confirm",
        consent.ask_to_confirm,
        "does an address want letters? a page with a button",
        consent.confirm,
        "the address has said yes (double opt-in)",
    ),
    *_pair(
        "letter_stop",
        "stop",
        consent.ask_to_stop,
        "stop the letters? a page with a button",
        consent.stop,
        "no more letters, at once; also the one click of mail programs (RFC 8058)",
    ),
    *_pair(
        "letter_pause",
        "pause",
        consent.ask_to_pause,
        "pause the letters until when? a page with a form",
        consent.pause,
        "no letters before a day, or letters again",
    ),
    *_pair(
        "letter_answer",
        "answer",
        answer.ask,
        "an enterprise's answer to a tender: a page with a form",
        answer.take,
        "the answer is kept as the enterprise's judgement",
    ),
)
