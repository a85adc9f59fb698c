"""The server is killed at random moments while an adviser judges: what was answered as saved is there, once."""

import os
import random
import signal
import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import httpx

from register import judgements
from register.database import open_register
from tests import serving
from tests.conftest import NOW, guarded_environment
from tests.portal.conftest import csrf_of, session_of

KILLS = int(os.environ.get("ANBUDSLOTS_KILLS", "2"))
"""So many servers are killed; fifty by the environment."""


def judge_until_killed(address: str, session: str, asked: list[str], answered: dict[int, str]) -> None:
    """Say one word after the other, each with a note of its own, as fast as they are saved."""
    client = httpx.Client(base_url=address, headers={"Accept": "application/json"}, timeout=60)
    client.cookies.set("anbudslots-session", session)
    with client, suppress(httpx.TransportError):
        token = csrf_of(client.get("/om", headers={"Accept": "text/html"}).raise_for_status().text)
        form = {"csrf": token, "enterprise": "99-01", "notice": "990001-2026", "lot": "LOT-0000", "answer": "yes"}
        while True:
            note = f"ord {len(asked)}"
            asked.append(note)
            answer = client.post("/ko", data=form | {"key": f"key-{len(asked):020}", "note": note})
            answer.raise_for_status()
            answered[answer.json()["number"]] = note


def test_every_judgement_answered_as_saved_is_there(data: Path, tmp_path: Path) -> None:
    session = session_of(data, "adviser", lasts=timedelta(days=1))
    asked: list[str] = []
    answered: dict[int, str] = {}
    chance = random.Random(7)
    for kill in range(KILLS):
        process = serving.start(data, NOW, guarded_environment(tmp_path / "network.log"))
        before = len(answered)
        judging = threading.Thread(target=judge_until_killed, args=(serving.address(process), session, asked, answered))
        judging.start()
        try:
            # At any moment of the judging: after a few words, and a part of the time that one takes.
            wanted = before + chance.randrange(12)
            while len(answered) < wanted:
                assert judging.is_alive()
                judging.join(0.002)
            judging.join(chance.uniform(0, 0.03))
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(20)
            judging.join(20)
            assert process.stderr
            process.stderr.close()
        register = open_register(data)
        assert list(register.db.query("PRAGMA integrity_check")) == [{"integrity_check": "ok"}]
        kept = {int(row["id"]): row["note"] for row in register.db.query("SELECT id, note FROM judgements")}
        assert all(word.who == "Asta A" for word in judgements.of(register, everything=True))
        register.close()
        assert answered.items() <= kept.items(), kill
        notes = list(kept.values())
        assert len(notes) == len(set(notes))
        assert set(notes) <= set(asked)
    assert not (tmp_path / "network.log").exists()
    assert len(answered) >= KILLS
