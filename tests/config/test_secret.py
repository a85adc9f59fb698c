"""The secret: made once, kept close, refused where it is none."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from config import secret
from config.errors import SettingsError

NONE = SecretStr("")


def test_it_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    first = secret.load(tmp_path, NONE)
    assert secret.load(tmp_path, NONE) == first
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    assert len(first) == 43
    assert secret.load(tmp_path / "another", NONE) != first


def test_many_that_start_at_once_get_the_same_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(lambda _: secret.load(tmp_path, NONE), range(64)))
    assert len(found) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"], "nothing half-made is left"


def test_the_environments_wins_and_no_file_is_made(tmp_path: Path) -> None:
    assert secret.load(tmp_path, SecretStr("x" * 32)) == b"x" * 32
    assert not list(tmp_path.iterdir())


def test_a_short_or_open_secret_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="ANBUDSLOTS_SERVE__SECRET holds fewer than 32"):
        secret.load(tmp_path, SecretStr("password"))
    secret.load(tmp_path, NONE)
    (tmp_path / "secret.key").chmod(0o640)
    with pytest.raises(SettingsError, match="can be read by others"):
        secret.load(tmp_path, NONE)
    (tmp_path / "secret.key").chmod(0o600)
    (tmp_path / "secret.key").write_text("")
    with pytest.raises(SettingsError, match="is no secret"):
        secret.load(tmp_path, NONE)


def test_a_key_of_one_use_is_not_that_of_another() -> None:
    keys = {secret.derive(b"s" * 32, use) for use in ("sessions", "links", "message ids")}
    assert len(keys) == 3
    assert all(len(key) == 32 for key in keys)
