"""The advisers' pages."""

from portal.advisers import views
from portal.routes import ADVISERS, Route

ROUTES: tuple[Route, ...] = (
    Route("advisers.start", "GET", "/foretag", views.start, ADVISERS, "enterprises in care, last runs", menu="home"),
    Route(
        "advisers.enterprise",
        "GET",
        "/foretag/{id}",
        views.enterprise,
        ADVISERS,
        "an enterprise in care with its matches",
        example={"id": "asf-1"},
    ),
    Route(
        "advisers.notice",
        "GET",
        "/annons/{number}",
        views.notice,
        ADVISERS,
        "a notice with its clauses, and whom in care it may suit",
        example={"number": "1-2026"},
    ),
)
