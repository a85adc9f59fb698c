"""Pages for everyone, without signing in."""

from portal.routes import Route

ROUTES: tuple[Route, ...] = ()
