from __future__ import annotations

from domain.evidence.lexical import Corpus, most_relevant
from domain.reactions import Evidence

TEXTS = (
    "my bill rose again",
    "no signal at my house",
    "the bill and the bill and the bill",
    "signal is fine, the bill is not",
)
SAID = tuple(Evidence(id=str(i), source="s", text=text) for i, text in enumerate(TEXTS))


def test_pieces_that_share_rarer_words_come_first() -> None:
    found = most_relevant("a bill for no signal", SAID, 4)

    assert [piece.id for piece in found] == ["3", "1", "2", "0"]


def test_a_piece_that_shares_no_telling_word_is_not_found() -> None:
    assert most_relevant("what is it", SAID, 4) == ()
    assert [piece.id for piece in most_relevant("house", SAID, 4)] == ["1"]
    assert most_relevant("bill", (), 4) == ()


def test_what_is_searched_again_finds_what_it_found() -> None:
    corpus = Corpus(SAID)

    for text in ("bill", "signals", "my house", "bill", ""):
        assert most_relevant(text, corpus, 2) == most_relevant(text, SAID, 2)


def test_equal_pieces_keep_their_order() -> None:
    twice = Corpus((SAID[0], SAID[1], SAID[0].model_copy(update={"id": "9"})))

    assert [piece.id for piece in most_relevant("bill rose", twice, 3)] == ["0", "9"]
