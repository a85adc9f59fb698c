from pathlib import Path

import pytest

from config import settings
from config.errors import SettingsError


def test_a_setting_is_an_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANBUDSLOTS_TED__API_URL", "http://127.0.0.1:1/search")
    monkeypatch.setenv("ANBUDSLOTS_MAIL__FROM", "A <a@b.se>")
    loaded = settings.load()
    assert loaded.ted.api_url == "http://127.0.0.1:1/search"
    assert loaded.mail.from_ == "A <a@b.se>"


def test_the_folders_file_counts_and_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "settings.env").write_text("ANBUDSLOTS_MAIL__HOST=mail.file\nANBUDSLOTS_MAIL__PORT=2525\n")
    monkeypatch.setenv("ANBUDSLOTS_MAIL__HOST", "mail.environment")
    loaded = settings.load(tmp_path)
    assert (loaded.mail.host, loaded.mail.port) == ("mail.environment", 2525)
    environ = {"ANBUDSLOTS_MAIL__HOST": "mail.environment"}
    rows = {name: source for name, _, source, _ in settings.listing(loaded, environ, tmp_path)}
    assert rows["ANBUDSLOTS_MAIL__HOST"] == "environment"
    assert rows["ANBUDSLOTS_MAIL__PORT"] == "settings.env"
    assert rows["ANBUDSLOTS_MODEL__NAME"] == "default"


def test_a_wrong_value_is_named_as_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANBUDSLOTS_MAIL__PORT", "mail")
    with pytest.raises(SettingsError, match="ANBUDSLOTS_MAIL__PORT"):
        settings.load()


def test_a_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANBUDSLOTS_MAIL__PASSWORD", "hemligt")
    shown = [value for _, value, _, _ in settings.listing(settings.load(), {}, None)]
    assert "********" in shown
    assert not any("hemligt" in value for value in shown)
