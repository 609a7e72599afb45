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
