"""Where `nunchi embed` finds its stores."""

import os
from pathlib import Path

import pytest

from infra.local import embedding
from infra.local.errors import LocalError


def test_without_a_store_of_vectors_one_is_asked_for_and_that_of_a_running_system_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+pg8000://nowhere")
    monkeypatch.setenv("MILVUS_URI", "")
    monkeypatch.setattr(embedding, "VECTORS", tmp_path / "milvus_address")
    with pytest.raises(LocalError, match="set MILVUS_URI, or start `make run` first"):
        embedding.find_stores()
    (tmp_path / "milvus_address").write_text("http://127.0.0.1:1")
    embedding.find_stores()
    assert os.environ["MILVUS_URI"] == "http://127.0.0.1:1"
