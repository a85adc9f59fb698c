"""`anbudslots ranker`, as an operator calls it."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from anbudslots.main import cli
from matcher import ranking
from register import rankers
from register.database import open_register
from tests.conftest import NOW
from tests.matcher.test_ranking import ranker


def call(data: Path, *arguments: str) -> Result:
    start = ["--data", str(data), "--now", NOW.isoformat()]
    return CliRunner().invoke(cli, [*start, "ranker", *arguments])


def in_use(data: Path) -> str:
    rows = json.loads(call(data, "list", "--json").output)
    return next(str(row["version"]) for row in rows if row["in_use"])


def test_one_command_rolls_back(tmp_path: Path) -> None:
    assert in_use(tmp_path) == "shipped"
    mine = ranker()
    register = open_register(tmp_path)
    rankers.add(register, mine.version, ranking.to_json(mine, {}), {"judged": 40}, at=NOW)
    register.close()
    assert call(tmp_path, "use", mine.version).exit_code == 0
    assert in_use(tmp_path) == mine.version
    assert call(tmp_path, "use", "shipped").exit_code == 0
    assert in_use(tmp_path) == "shipped"
    assert mine.version in call(tmp_path, "list").output
