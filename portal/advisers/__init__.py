"""The advisers' pages."""

from portal.advisers import judging, views
from portal.routes import ADVISERS, Route

ROUTES: tuple[Route, ...] = (
    Route("queue.show", "GET", "/ko", judging.show, ADVISERS, "matches that wait for a judgement", menu="queue_menu"),
    Route("queue.judge", "POST", "/ko", judging.judge, ADVISERS, "keeps a judgement of a match in care"),
    Route("queue.undo", "POST", "/ko/angra", judging.undo, ADVISERS, "takes one's own judgement back"),
    Route("queue.ask", "POST", "/ko/fraga", judging.ask, ADVISERS, "asks other advisers for a second opinion"),
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
