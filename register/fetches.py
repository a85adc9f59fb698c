"""What a server said of an address when it was last fetched, so that it need not send the same bytes again."""

from collections.abc import Mapping

from register.database import Register


def note(register: Register, url: str, headers: Mapping[str, str]) -> None:
    """Keep ETag and Last-Modified of an answer (headers by lower-case name); nothing is kept where there is neither."""
    etag, modified = headers.get("etag", ""), headers.get("last-modified", "")
    if etag or modified:
        register.db.table("fetches").upsert({"url": url, "etag": etag, "last_modified": modified}, pk="url")


def conditions(register: Register, url: str) -> dict[str, str]:
    """Request headers by which a server may answer 304 (RFC 9110, 13); none where nothing is known of the address."""
    for row in register.db.query("SELECT etag, last_modified FROM fetches WHERE url = ?", [url]):
        names = {"If-None-Match": row["etag"], "If-Modified-Since": row["last_modified"]}
        return {name: value for name, value in names.items() if value}
    return {}
