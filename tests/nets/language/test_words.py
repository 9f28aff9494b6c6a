"""Words become numbers and come back."""

import numpy as np
import pytest

from nets.language.words import END, PAD, WORDS, decoded, encoded


def test_every_word_has_one_number():
    assert len(set(WORDS)) == len(WORDS) and (WORDS[PAD], WORDS[END]) == ("", ".")


def test_sentences_come_back_as_they_went():
    rows = encoded([["a", "red", "ring", "."], ["two", "."]], longest=5)
    assert rows.dtype == np.int64 and rows.shape == (2, 5)
    assert [decoded(row) for row in rows] == ["a red ring", "two"]


@pytest.mark.parametrize(("sentence", "words"), [
    (["a", "purple", "ring"], "the word 'purple' is not known here; the words are ., a, two"),
    (["a"] * 5, "'a a a a a' has 5 words, and there is room for 4"),
])
def test_what_cannot_be_encoded_is_refused_in_words(sentence, words):
    with pytest.raises(ValueError, match=words):
        encoded([sentence], longest=4)
