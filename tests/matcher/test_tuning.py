"""Teaching the encoder: what it learns from, and that a few steps move the right way."""

import json
from pathlib import Path

import numpy as np
import pytest

from config.errors import InputError
from config.settings import ModelSettings
from matcher import bundled_model, judged, neighbours, tuning
from matcher.encoder import UNTUNED, SentenceEncoder
from matcher.tuning import Work

WORKS = [
    Work(
        "a",
        "clean",
        ("städar kontor", "moppar golv"),
        (("Lokalvård", "90910000"),),
        ("Golv moppas.",),
        (("Städmaskin", ""),),
    ),
    Work(
        "b", "bake", ("bakar bullar", "gör tårtor"), (("Konditorivaror", ""),), ("Färska limpor.",), (("Bakugn", ""),)
    ),
    Work("c", "roads", (), (("Asfaltering", "45233200"),), ("Vägar beläggs.",), ()),
]


def test_kinds_of_work_are_read_and_a_wrong_line_is_named(tmp_path: Path) -> None:
    row = {"work": "a", "trade": "t", "ours": ["x"], "theirs": [["y", "90910000"]], "text": [], "others": []}
    (tmp_path / "works.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    assert tuning.read_works(tmp_path) == [Work("a", "t", ("x",), (("y", "90910000"),), (), ())]
    (tmp_path / "works.jsonl").write_text(json.dumps(row) + '\n{"work": "b"}\n', encoding="utf-8")
    with pytest.raises(InputError, match="line 2"):
        tuning.read_works(tmp_path)


def test_a_few_steps_bring_the_same_work_nearer_and_the_adapter_is_merged(model_folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    folder = model_folder / bundled_model.FOLDER_NAME
    said: list[str] = []
    tensors = tuning.train(folder, WORKS, [], steps=50, log=said.append)
    save_file(tensors, str(tmp_path / "adapter.safetensors"))
    plain = SentenceEncoder("bundled", str(folder), ModelSettings(), offline=True)
    tuned = SentenceEncoder(
        "bundled", str(folder), ModelSettings(), offline=True, adapter=tmp_path / "adapter.safetensors"
    )

    def lead(model: SentenceEncoder) -> float:
        near = model.encode(["moppar golv"], "query") @ model.encode(["Lokalvård", "Städmaskin"], "passage").T
        return float(near[0, 0] - near[0, 1])

    assert lead(tuned) > lead(plain) + 0.05
    assert plain.name != tuned.name
    assert plain.nearness == UNTUNED
    assert len(said) == 1
    again = tuning.train(folder, WORKS, [], steps=1, start=tensors, log=said.append)
    # One step of a warming-up rate hardly moves what it begins from.
    assert all(float((again[name].float() - tensors[name].float()).abs().max()) < 1e-2 for name in tensors)


def test_the_projects_own_training_set_is_whole() -> None:
    folder = Path(__file__).parents[2] / "config" / "training" / "matching"
    one, pairs = judged.read(folder), neighbours.read(folder / "pairs.jsonl")
    enterprises = {enterprise.id for enterprise in one.enterprises}
    numbers = {notice.publication_number for notice in (*one.notices, *one.titles)}
    assert all(enterprise in enterprises and notice in numbers for enterprise, notice in one.grade)
    assert all(enterprise.is_example for enterprise in one.enterprises)
    assert all(notice.is_example for notice in (*one.notices, *one.titles))
    assert all(0 <= one.grade[key] <= 3 and 1 <= one.work[key] <= 3 for key in one.grade)
    assert len(pairs) >= 80
    works = tuning.read_works(folder)
    assert len({work.id for work in works}) == len(works) >= 90
    assert np.mean([bool(work.ours) for work in works]) > 0.5
