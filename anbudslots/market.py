"""`anbudslots market`: who bought what, how often, and from whom, by imported statistics."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click

from anbudslots.context import App, echo_rows, json_option, pass_app
from config.errors import NotFoundError
from register import market, purchases
from register.purchases import Purchase

cpv_option = click.option("--cpv", default="", metavar="PREFIX", help="CPV code or its beginning, such as 9091.")
county_option = click.option("--county", metavar="NN", help="Buyers of one county: its two digits, such as 20.")
limit_option = click.option("--limit", type=click.IntRange(1), default=30, show_default=True, help="At most so many.")


@click.group()
def command() -> None:
    """Show market evidence from Upphandlingsmyndigheten's open data (import it with `notices import`)."""


@command.command("buyers")
@cpv_option
@county_option
@limit_option
@json_option
@pass_app
def buyers(app: App, cpv: str, county: str | None, limit: int, as_json: bool) -> None:
    """List who bought, the buyer with most procurements first.

    Example: anbudslots market buyers --cpv 9091 --county 20
    """
    bought = _purchases(app)
    found = market.by_buyer(market.select(bought, cpv_prefix=cpv, county=county))
    columns = ["buyer", "org", "county", "procurements", "awarded", "contracts", "suppliers", "months_between", "last"]
    _tell([asdict(row) for row in found[:limit]], columns, bought, as_json=as_json, total=len(found))


@command.command("winners")
@click.option("--cpv", required=True, metavar="PREFIX", help="CPV code or its beginning, such as 9091.")
@county_option
@limit_option
@json_option
@pass_app
def winners(app: App, cpv: str, county: str | None, limit: int, as_json: bool) -> None:
    """List who won, the supplier with most contracted tenders first.

    Example: anbudslots market winners --cpv 9091
    """
    bought = _purchases(app)
    found = market.by_winner(market.select(bought, cpv_prefix=cpv, county=county))
    columns = ["supplier", "size", "legal_form", "procurements", "contracts", "buyers", "last"]
    rows = [asdict(row) | {"supplier": row.supplier or "(enskilda, namn dolda)"} for row in found[:limit]]
    _tell(rows, columns, bought, as_json=as_json, total=len(found))


@command.command("buyer")
@click.argument("who")
@cpv_option
@json_option
@pass_app
def buyer(app: App, who: str, cpv: str, as_json: bool) -> None:
    """Show what WHO (organisation number or name) bought, how often, and from whom.

    Example: anbudslots market buyer "Mora kommun" --cpv 90
    """
    bought = _purchases(app)
    own = market.select(market.of_buyer(bought, who), cpv_prefix=cpv)
    figures = [asdict(row) for row in market.by_buyer(own)]
    groups = [asdict(row) for row in market.by_group(own)]
    if as_json:
        rows = [asdict(purchase) | {"county": purchase.county} for purchase in own]
        _tell(groups, [], bought, as_json=True, total=len(groups), buyer=figures, purchases=rows)
        return
    for row in figures:
        number = f" ({row['org']})" if row["org"] else ""
        click.echo(
            f"{row['buyer']}{number}: {row['procurements']} procurements, {row['awarded']} with known awards, "
            f"{row['contracts']} contracted tenders, {row['suppliers']} suppliers"
        )
    columns = ["cpv", "label", "procurements", "contracts", "months_between", "last", "winners"]
    shown = [
        row | {"winners": ", ".join(f"{name or '(dolt namn)'} {n}" for name, n in row["winners"])} for row in groups
    ]
    _tell(shown, columns, bought, as_json=False, total=len(groups))


def _purchases(app: App) -> list[Purchase]:
    with app.reading() as register:
        bought = purchases.everything(register)
    if not bought:
        raise NotFoundError(
            "No market evidence in the register. Download procurements and awards from Upphandlingsmyndigheten's open "
            "data and run `anbudslots notices import FILE`."
        )
    return bought


def _tell(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    bought: Sequence[Purchase],
    *,
    as_json: bool,
    total: int,
    **more: Any,
) -> None:
    """Print rows with the attribution and the period, which must stand wherever these figures are shown."""
    first, last = market.period(bought) or ("", "")
    if as_json:
        told = {
            "attribution": market.ATTRIBUTION,
            "period": {"first": str(first), "last": str(last)},
            "not_known": market.UNKNOWN,
            "total": total,
            **more,
            "rows": list(rows),
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2, default=str))
        return
    echo_rows(rows, columns, as_json=False, empty="Nothing was bought so.")
    if total > len(rows):
        click.echo(f"{len(rows)} of {total}; --limit shows more.")
    click.echo(f"{market.ATTRIBUTION}. Upphandlingar annonserade {first}–{last}. {market.UNKNOWN}")
