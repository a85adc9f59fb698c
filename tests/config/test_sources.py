from config import sources


def test_only_ted_may_be_crawled() -> None:
    enabled = {source.id for source in sources.load().values() if source.status == "enabled"}
    assert enabled == {"ted"}


def test_every_dossier_says_who_decided_and_why() -> None:
    for source in sources.load().values():
        assert source.decided_by and source.operator and source.terms and source.evidence, source.id
