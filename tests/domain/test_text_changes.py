"""What was changed in a text, word by word."""

from __future__ import annotations

import pytest

from node.domain.text_changes import ADDED, KEPT, MOST_WORDS, REMOVED, Piece, text_changes


def test_words_added_and_removed_are_told_apart() -> None:
    assert text_changes("Яму засыпем скоро", "Яму засыпем 20 ноября") == (
        Piece(KEPT, "Яму засыпем "),
        Piece(REMOVED, "скоро"),
        Piece(ADDED, "20 ноября"),
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("a", ""),
        ("", "a"),
        (" \n a  b\n\nc ", "a b\nc\t"),
        ("раз два три", "три два раз"),
        ("я " * (MOST_WORDS + 1), "ты"),
    ],
)
def test_pieces_give_either_text_again(before: str, after: str) -> None:
    pieces = text_changes(before, after)
    assert "".join(one.text for one in pieces if one.change != REMOVED) == after
    assert "".join(one.text for one in pieces if one.change != ADDED) == before
