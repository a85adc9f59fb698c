import struct

import numpy as np
import pytest

from config.errors import UnavailableError
from matcher import bundled_model
from matcher.encoder import SentenceEncoder


def test_a_block_of_four_bit_numbers_is_unpacked() -> None:
    block = np.zeros(1, dtype=bundled_model.Q4_BLOCK)
    block["scale"] = 0.5
    # Low half 0x9: (9 - 8) * 0.5 = 0.5 is value 0; high half 0x3: (3 - 8) * 0.5 = -2.5 is value 16.
    block["nibbles"][0] = [0x39] + [0x88] * 15
    values = bundled_model.unquantise(block)
    assert values.shape == (32,)
    assert (values[0], values[16]) == (0.5, -2.5)
    assert not values[1:16].any()


def tiny_file(magic: bytes = b"E5S1", kind: int = 0) -> bytes:
    header = struct.pack("<4sI7ifi", magic, 1, 4, 1, 2, 8, 5, 16, 2, 1e-12, 32)
    pieces = [b"<s>", b"<pad>", "▁på".encode()]
    offsets = np.cumsum([0, *map(len, pieces)]).astype("<u4").tobytes()
    blob = b"".join(pieces)
    tokens = struct.pack("<5iQ", 3, 0, 2, 1, 3, len(blob)) + offsets + np.zeros(3, "<f4").tobytes() + blob
    normalisation = struct.pack("<iI", 0, 0)
    name = b"emb.word"
    start = len(header) + len(tokens) + len(normalisation) + 4 + 2 + len(name) + struct.calcsize("<BIQQ")
    tensor = struct.pack("<i", 1) + struct.pack("<H", len(name)) + name + struct.pack("<BIQQ", kind, 2, start, 8)
    return header + tokens + normalisation + tensor + np.asarray([1.5, -2], "<f4").tobytes()


def test_the_layout_is_read() -> None:
    weights = bundled_model.read(tiny_file())
    assert (weights.header.hidden, weights.header.vocabulary, weights.header.block) == (4, 5, 32)
    assert [piece for piece, _ in weights.pieces] == ["<s>", "<pad>", "▁på"]
    assert weights.tensors["emb.word"].tolist() == [1.5, -2.0]


@pytest.mark.parametrize(
    ("data", "message"),
    [(tiny_file(b"XXXX"), "E5S1"), (tiny_file(kind=7), "unknown type 7"), (tiny_file()[:60], "can't be read")],
)
def test_another_layout_is_refused_in_words(data: bytes, message: str) -> None:
    with pytest.raises(UnavailableError, match=message):
        bundled_model.read(data)


@pytest.mark.model
def test_the_unpacked_model_knows_what_is_alike(model: SentenceEncoder) -> None:
    query = model.encode(["vi putsar fönster åt skolor"], "query")
    near, far = model.encode(["Fönsterputsning på sex förskolor", "Leverans av dieselbränsle"], "passage")
    assert np.linalg.norm(query[0]) == pytest.approx(1, abs=1e-3)
    assert float(query[0] @ near) > float(query[0] @ far) + 0.03
