"""Texts a second: encode_once beside bare model.encode of the same texts."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, seconds
from config.settings import ModelSettings
from crawler import eforms
from matcher import encoder, texts
from register.database import memory_register

EXAMPLES = Path(__file__).parent.parent / "config" / "examples" / "notices"


def run() -> Iterator[Figure]:
    """Texts a second, and a second run with nothing new."""
    model = encoder.load(ModelSettings(), Path("data/model"))
    notices = [eforms.read(path.read_bytes()) for path in sorted(EXAMPLES.glob("*.xml"))]
    passages = list(dict.fromkeys(p for n in notices for lot in n.lots for p in texts.passages(n, lot)))
    register = memory_register()
    bare = seconds(lambda: model.encode(passages, "passage"), times=2)
    ours = seconds(lambda: encoder.encode_once(model, passages, "passage"), times=2)
    yield Figure("texts encoded", len(passages) / ours, len(passages) / bare, "texts a second")
    encoder.encode_once(model, passages, "passage", register=register)
    again = seconds(lambda: encoder.encode_once(model, passages, "passage", register=register))
    yield Figure("texts known already", len(passages) / again, len(passages) / bare, "texts a second")
    register.close()
