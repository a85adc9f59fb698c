"""What tests share: a register in memory, a small encoder, the outside data, and a guard against the network."""

import hashlib
import os
import runpy
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from config.settings import ModelSettings
from matcher import bundled_model
from matcher.encoder import Kind, SentenceEncoder, Vectors, load
from matcher.lexical import Analyser
from register.database import Register, memory_register
from register.models import Buyer, Enterprise, Lot, Notice, Place

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
GUARD = Path(__file__).parent / "guard"
NOW = datetime(2026, 11, 24, 7, 30, tzinfo=ZoneInfo("Europe/Stockholm"))

# The guard holds in this process too.
runpy.run_path(str(GUARD / "sitecustomize.py"))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are named by their argument: packed ones hold the time, and each process must collect the same names."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture
def register() -> Iterator[Register]:
    """An empty register in memory."""
    made = memory_register()
    yield made
    made.close()


@pytest.fixture
def shared() -> Path:
    """The folder of outside data beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared with outside data is not here")
    return SHARED


class WordEncoder:
    """A small encoder without a model: a text is the sum of its stems' random directions."""

    name = "words"
    nearness = (0.5, 20.0)

    def __init__(self) -> None:
        self.encoded: list[str] = []
        self._analyser = Analyser()

    def encode(self, texts: Sequence[str], kind: Kind) -> Vectors:
        """Shape (texts, 64), L2-normalised."""
        self.encoded += texts
        return np.stack([self._vector(text) for text in texts]) if texts else np.zeros((0, 64), dtype=np.float32)

    def _vector(self, text: str) -> np.ndarray[Any, Any]:
        total = np.full(64, 0.01)
        for term in self._analyser.terms(text):
            seed = int.from_bytes(hashlib.sha256(term.encode()).digest()[:4], "big")
            total += np.random.default_rng(seed).normal(size=64)
        return np.asarray(total / np.linalg.norm(total), dtype=np.float32)


@pytest.fixture
def words() -> WordEncoder:
    """A small encoder."""
    return WordEncoder()


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds the unpacked bundled model; the checkout's own if it is there."""
    own = ROOT / "data" / "model"
    folder = own if (own / bundled_model.FOLDER_NAME / "modules.json").is_file() else tmp_path_factory.mktemp("model")
    bundled_model.ensure(folder)
    return folder


@pytest.fixture
def data_with_model(tmp_path: Path, model_folder: Path) -> Path:
    """A data folder in which the bundled model is unpacked already."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "model").symlink_to(model_folder, target_is_directory=True)
    return folder


@pytest.fixture(scope="session")
def model(model_folder: Path) -> SentenceEncoder:
    """The bundled model."""
    return load(ModelSettings(), model_folder)


def make_lot(**changes: Any) -> Lot:
    """A lot for window cleaning in Mora that closes on 17 December 2026."""
    fields: dict[str, Any] = {
        "id": "LOT-0000",
        "title": "Fönsterputs på sex förskolor",
        "description": "Fönster på sex förskolor ska putsas två gånger om året. Arbetet görs på vardagar.",
        "nature": "services",
        "cpv": ("90911300",),
        "places": (Place(nuts="SE312", city="Mora"),),
        "deadline": datetime(2026, 12, 17, 22, 59, tzinfo=UTC),
        "duration_months": 24,
    }
    return Lot(**{**fields, **changes})


def make_notice(number: str = "123456-2026", **changes: Any) -> Notice:
    """A notice of one lot."""
    fields: dict[str, Any] = {
        "publication_number": number,
        "origin": "ted",
        "form_type": "competition",
        "title": "Fönsterputs på sex förskolor",
        "buyer": Buyer(name="Mora kommun"),
        "procedure_id": f"procedure-{number}",
        "published": date(2026, 11, 20),
        "lots": (make_lot(),),
    }
    return Notice(**{**fields, **changes})


def make_enterprise(identity: str = "asf-1", **changes: Any) -> Enterprise:
    """An enterprise that cleans windows in Mora."""
    fields: dict[str, Any] = {
        "id": identity,
        "name": "Skogsgläntan",
        "municipality": "Mora",
        "county": "20",
        "capabilities": ("putsar fönster åt skolor", "klipper gräs"),
        "cpv": ("90911300",),
        "reach": {"municipalities": ("Mora", "Orsa")},
        "capacity": {"occupied": 8, "largest_contract_sek_per_year": 500000},
        "cooperation": {"joint_bids": True, "subcontract": True},
        "contact": {"email": "info@skogsglantan.example"},
    }
    return Enterprise(**{**fields, **changes})


def guarded_environment(log: Path, **more: str) -> dict[str, str]:
    """The environment of a program that a test starts: the guard on, none of the operator's settings."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("ANBUDSLOTS_")}
    return {**own, "PYTHONPATH": str(GUARD), "NETWORK_GUARD_LOG": str(log), **more}
