"""Pages for everyone, without signing in: social clauses county by county, and the same as open data."""

from portal.public import counties
from portal.routes import EVERYONE, Route

ROUTES: tuple[Route, ...] = (
    Route(
        "public.counties",
        "GET",
        "/lan",
        counties.all_,
        EVERYONE,
        "which social clauses are used, county by county",
        menu="lan_menu",
    ),
    Route(
        "public.data",
        "GET",
        "/lan/klausuler.{form}",
        counties.data,
        EVERYONE,
        "the same as open data: csv or json, of one county by ?lan=",
        example={"form": "csv"},
        page=False,
    ),
    Route(
        "public.county",
        "GET",
        "/lan/{code}",
        counties.one,
        EVERYONE,
        "social clauses of a county's buyers, how often reserved, code against text",
        example={"code": "20"},
    ),
)
