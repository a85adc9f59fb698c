"""Signing in by an e-mailed link that works once, and the front door."""

from portal.routes import EVERYONE, SIGNED_IN, Route
from portal.signing_in import views

ROUTES: tuple[Route, ...] = (
    Route("front.door", "GET", "/", views.door, EVERYONE, "front page; who is signed in comes to their own first page"),
    Route("front.about", "GET", "/om", views.about, EVERYONE, "what the pages are", menu="about"),
    Route("signin.form", "GET", "/logga-in", views.form, EVERYONE, "form: ask for a sign-in link"),
    Route(
        "signin.ask",
        "POST",
        "/logga-in",
        views.ask,
        EVERYONE,
        "mails a link to an address with an account",
    ),
    Route(
        "signin.open",
        "GET",
        "/logga-in/{token}",
        views.open_link,
        EVERYONE,
        "the mailed link: a page with one button",
        example={"token": "none"},
    ),
    Route(
        "signin.use",
        "POST",
        "/logga-in/{token}",
        views.use_link,
        EVERYONE,
        "signs in; the link is used up",
        example={"token": "none"},
    ),
    Route("signin.out", "POST", "/logga-ut", views.sign_out, SIGNED_IN, "signs out"),
)
