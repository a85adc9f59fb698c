"""An enterprise's own pages, by signed link, and its application."""

from portal.enterprises import own, own_data
from portal.routes import BY_LINK, Route, by_link

PROFILE = by_link("profile")

ROUTES: tuple[Route, ...] = (
    Route(
        "profile.show",
        "GET",
        PROFILE,
        own.show,
        BY_LINK,
        "an enterprise's own page: profile, tenders, letters",
        purpose="profile",
    ),
    Route(
        "profile.save",
        "POST",
        PROFILE,
        own.save,
        BY_LINK,
        "saves a part of the profile, or tells what it would change",
        purpose="profile",
    ),
    Route(
        "profile.receivers",
        "POST",
        by_link("profile", "/mottagare"),
        own.change_receivers,
        BY_LINK,
        "takes an address away, or asks a new one whether it wants letters",
        purpose="profile",
    ),
    Route(
        "own_data.show",
        "GET",
        by_link("profile", "/uppgifter"),
        own_data.show,
        BY_LINK,
        "what is kept of the enterprise",
        purpose="profile",
    ),
    Route(
        "own_data.take_home",
        "GET",
        by_link("profile", "/uppgifter/fil"),
        own_data.take_home,
        BY_LINK,
        "all that is kept of the enterprise, as a zip",
        purpose="profile",
        page=False,
    ),
    Route(
        "own_data.ask",
        "POST",
        by_link("profile", "/uppgifter"),
        own_data.ask,
        BY_LINK,
        "mails a link that deletes the enterprise, or withdraws links to its page",
        purpose="profile",
    ),
    Route(
        "own_data.ask_to_delete",
        "GET",
        by_link("profile", "/radera"),
        own_data.ask_to_delete,
        BY_LINK,
        "delete the enterprise? a page with a button, by the mailed link",
        purpose="profile",
    ),
    Route(
        "own_data.delete",
        "POST",
        by_link("profile", "/radera"),
        own_data.delete,
        BY_LINK,
        "forgets the enterprise",
        purpose="profile",
    ),
)
