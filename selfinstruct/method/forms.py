"""The name of answer schemas until method 3: recipes frozen in older runs import it."""

from .schemas import AnswerSchema as Form

__all__ = ["Form"]
