"""A municipality's pages."""

from portal.routes import Route

ROUTES: tuple[Route, ...] = ()
