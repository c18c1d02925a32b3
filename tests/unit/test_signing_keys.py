"""The rotation of the keys that sign tokens: laws of the ring."""

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from infra.deploy.keys import Ring, first, rotated
from nunchi.accounts import keys


def after(rotations: int) -> list[Ring]:
    rings = [first()]
    for _ in range(rotations):
        rings.append(rotated(rings[-1], first()["keys"]["1"]))
    return rings


@given(st.integers(1, 12))
def test_what_signs_after_a_rotation_could_be_checked_before_it(rotations: int) -> None:
    rings = after(rotations)
    for earlier, later in pairwise(rings):
        assert later["current"] != earlier["current"]
        assert later["keys"][later["current"]] == earlier["keys"][later["current"]]


@given(st.integers(1, 12))
def test_tokens_of_before_a_rotation_are_still_good_after_it(rotations: int) -> None:
    rings = after(rotations)
    for earlier, later in pairwise(rings):
        assert later["keys"][earlier["current"]] == earlier["keys"][earlier["current"]]


@given(st.integers(0, 12))
def test_the_api_takes_every_ring_and_none_has_more_than_three_keys(rotations: int) -> None:
    for ring in after(rotations):
        assert keys.parse(json.dumps(ring)).current == ring["current"]
        assert len(ring["keys"]) <= 3
