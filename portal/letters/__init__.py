"""Links of letters: confirm, stop, answer."""

from portal.routes import Route

ROUTES: tuple[Route, ...] = ()
