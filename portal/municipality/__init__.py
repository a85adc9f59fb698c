"""A municipality's pages: which of its purchases suit a reserved contract. They never name an enterprise."""

from portal.municipality import planning, views
from portal.routes import MUNICIPALITY, Route

FILE_BYTES = 5_000_000
"""Largest form with a file: a text of some hundred pages."""

ROUTES: tuple[Route, ...] = (
    Route(
        "municipality.start",
        "GET",
        "/kommun",
        views.start,
        MUNICIPALITY,
        "own notices, contracts that end, plans: how well each suits a reserved contract",
        menu="kommun_menu",
    ),
    Route(
        "municipality.tender",
        "GET",
        "/kommun/upphandling/{number}",
        views.tender,
        MUNICIPALITY,
        "one of its own notices: reasons for and against reserving it",
        example={"number": "1-2026"},
    ),
    Route(
        "municipality.basis",
        "GET",
        "/kommun/upphandling/{number}/underlag",
        views.tender_basis,
        MUNICIPALITY,
        "the same as a basis for a decision, two pages to print",
        example={"number": "1-2026"},
    ),
    Route(
        "municipality.plan",
        "GET",
        "/kommun/planera",
        planning.form,
        MUNICIPALITY,
        "form: what it plans to buy",
        menu="kommun_plan_menu",
    ),
    Route(
        "municipality.keep_plan",
        "POST",
        "/kommun/planera",
        planning.keep,
        MUNICIPALITY,
        "keeps planned purchases, with a text or a file",
        max_bytes=FILE_BYTES,
    ),
    Route(
        "municipality.planned",
        "GET",
        "/kommun/plan/{id}",
        views.plan,
        MUNICIPALITY,
        "one of its own plans: reasons for and against reserving it",
        example={"id": "1"},
    ),
    Route(
        "municipality.plan_basis",
        "GET",
        "/kommun/plan/{id}/underlag",
        views.plan_basis,
        MUNICIPALITY,
        "the same as a basis for a decision, two pages to print",
        example={"id": "1"},
    ),
    Route(
        "municipality.forget_plan",
        "POST",
        "/kommun/plan/{id}/ta-bort",
        planning.forget,
        MUNICIPALITY,
        "forgets one of its own plans",
        example={"id": "1"},
    ),
    Route(
        "municipality.texts",
        "GET",
        "/kommun/texter",
        views.templates,
        MUNICIPALITY,
        "template texts for a reserved contract, to copy",
        menu="kommun_texts_menu",
    ),
)
