"""The advisers' pages."""

from portal.advisers import correcting, joining, judging, notice_page, search_pages, uploading, views
from portal.routes import ADVISERS, Route

NOTICE = {"number": "1-2026"}

ROUTES: tuple[Route, ...] = (
    Route("queue.show", "GET", "/ko", judging.show, ADVISERS, "matches that wait for a judgement", menu="queue_menu"),
    Route("queue.judge", "POST", "/ko", judging.judge, ADVISERS, "keeps a judgement of a match in care"),
    Route("queue.undo", "POST", "/ko/angra", judging.undo, ADVISERS, "takes one's own judgement back"),
    Route("queue.ask", "POST", "/ko/fraga", judging.ask, ADVISERS, "asks other advisers for a second opinion"),
    Route("search.show", "GET", "/sok", search_pages.show, ADVISERS, "lots by words and choices", menu="search_menu"),
    Route(
        "search.file", "GET", "/sok/fil", search_pages.file, ADVISERS, "found lots as CSV, XLSX, JSON, ICS", page=False
    ),
    Route("search.save", "POST", "/sok/spara", search_pages.save, ADVISERS, "keeps a search under a name"),
    Route("search.forget", "POST", "/sok/glom", search_pages.forget, ADVISERS, "forgets one's own saved search"),
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
        notice_page.show,
        ADVISERS,
        "a notice with its clauses, and whom in care it may suit",
        example=NOTICE,
    ),
    Route(
        "notice.last_days",
        "GET",
        "/annons/{number}/kalender",
        notice_page.last_days_file,
        ADVISERS,
        "a notice's last days as a calendar file",
        example=NOTICE,
        page=False,
    ),
    Route(
        "notice.together",
        "GET",
        "/annons/{number}/tillsammans",
        joining.show,
        ADVISERS,
        "what enterprises in care could do of a tender together, or in part",
        example=NOTICE,
    ),
    Route(
        "notice.correct",
        "POST",
        "/annons/{number}/krav",
        correcting.correct,
        ADVISERS,
        "keeps what an adviser says of a clause",
        example=NOTICE,
    ),
    Route(
        "notice.states",
        "GET",
        "/annons/{number}/underlag",
        uploading.states,
        ADVISERS,
        "how far sent documents have been read",
        example=NOTICE,
        page=False,
    ),
    Route(
        "notice.upload",
        "POST",
        "/annons/{number}/underlag",
        uploading.upload,
        ADVISERS,
        "takes a document of a notice, to be read and screened",
        example=NOTICE,
        max_bytes=uploading.LARGEST + 100_000,
    ),
)
