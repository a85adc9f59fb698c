"""Pages on the whole: what the county buys that nobody offers, and figures for the funder."""

from portal.routes import ADVISERS, Route
from portal.statistics import opportunities, views

ROUTES: tuple[Route, ...] = (
    Route(
        "opportunities.show",
        "GET",
        "/mojligheter",
        opportunities.show,
        ADVISERS,
        "what a county buys again and again that no enterprise offers",
        menu="moj_menu",
    ),
    Route(
        "statistics.show",
        "GET",
        "/statistik",
        views.show,
        ADVISERS,
        "figures for the funder, to print",
        menu="stat_menu",
    ),
    Route("bids.show", "GET", "/anbud", views.bids_, ADVISERS, "bids of enterprises in care, and a form for one"),
    Route("bids.keep", "POST", "/anbud", views.keep_bid, ADVISERS, "keeps a bid of an enterprise in care"),
)
