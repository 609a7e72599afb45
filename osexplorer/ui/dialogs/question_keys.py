"""The keys that ask a question about access, here and turned round."""

from __future__ import annotations

from osexplorer.model.why import Question

QUESTION_KEYS = {
    "r": Question.READ,
    "w": Question.WRITE,
    "x": Question.EXECUTE,
    "d": Question.DELETE,
    "c": Question.CREATE,
}


def question_words(asked: Question) -> str:
    """The questions and their keys, the one that is asked in capitals."""
    return "  ".join(
        f"[{key}] {question.value.upper() if question is asked else question.value}"
        for key, question in QUESTION_KEYS.items()
    )
