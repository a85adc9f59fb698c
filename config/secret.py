"""The secret that signs links and sessions: from the environment, else from a file made once, readable by its owner."""

import hashlib
import hmac
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from pydantic import SecretStr

from config.errors import SettingsError

FILE_NAME = "secret.key"
SHORTEST = 32
"""Characters; secrets.token_urlsafe(32) makes 43."""


def load(data: Path, given: SecretStr) -> bytes:
    """The secret: `given` (setting serve.secret), else DIR/secret.key, which is made where it is missing.

    Two processes that start at once get the same one. Raises SettingsError where it is too short to be one, where
    others than its owner can read the file, or where it can't be made.
    """
    text = given.get_secret_value()
    if text:
        return _long_enough(text, "ANBUDSLOTS_SERVE__SECRET")
    path = data / FILE_NAME
    try:
        if not path.exists():
            _make(path)
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise SettingsError(f"{path} can be read by others: chmod 600 {path}, and remove it if others may have.")
        return _long_enough(path.read_text(encoding="ascii").strip(), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The secret {path} can't be read or made: {error}. Check the folder's rights.") from error


def derive(secret: bytes, use: str) -> bytes:
    """A key of 32 bytes for one use, so that what is signed for one is worth nothing in another (HMAC-SHA-256)."""
    return hmac.digest(secret, use.encode(), hashlib.sha256)


def _long_enough(text: str, where: str) -> bytes:
    if len(text) < SHORTEST:
        raise SettingsError(f"{where} holds fewer than {SHORTEST} characters and is no secret. Remove it: one is made.")
    return text.encode()


def _make(path: Path) -> None:
    """Write a new secret in full beside the file, then link it into place: nobody ever reads half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    own = path.with_name(f".{FILE_NAME}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was first: its secret holds
            path.hardlink_to(own)
    finally:
        own.unlink()
