"""An enterprise's own pages, by signed link, and its application."""

from portal.routes import Route

ROUTES: tuple[Route, ...] = ()
