"""The steps `answer` and `sample`: a task's instances answered anew, and more answers to the first.

The whole reply is the output.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .asking import TASK, first_instance, shown, whole_answer
from .filters import keep_instances, normal_form
from .types import Instance, Key, Rejected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .stages import Context
    from .types import Again, Reply, Request, Task


class _Answering:
    """What both steps share: the prompt, and the filters that an answer has to pass."""

    def __init__(self, context: Context, *, keep_cut: bool) -> None:
        self.name = context.name
        self._context = context
        self._keep_cut = keep_cut
        self._prompt = context.prompt(context.prompt_name, TASK)

    def _request(self, task: Task, instance: Instance, part: int, attempt: int) -> Request:
        messages = self._prompt.render(shown(task, instance))
        return self._context.request(Key(self.name, *task.origin, part, attempt), messages)

    def _output(self, task: Task, given: str, reply: Reply) -> str | Rejected:
        """Return an answer that the stage's filters let pass, or why there is none."""
        output = whole_answer(reply, keep_cut=self._keep_cut)
        if isinstance(output, Rejected):
            return output
        filters = self._context.instance_filters
        _, rejected = keep_instances(task, [Instance(given, output)], filters)
        return output if rejected is None else rejected


class Answer(_Answering):
    """Answers each instance of a task anew; keeps the old outputs, one an instance, in `previous`.

    A task without an instance gets its first one, without an input. An instance whose answer is
    refused, cut or turned down by a filter goes; without any left the task is rejected.

    Args:
        context: what the stage is built with.
        keep_cut: keep answers that were cut by length.
    """

    def __init__(self, context: Context, keep_cut: bool = False) -> None:  # noqa: FBT001, FBT002 - an option of a recipe
        super().__init__(context, keep_cut=keep_cut)

    def parts(self, task: Task) -> int:
        """Return one for each instance, and one for a task without any."""
        return max(1, len(task.instances))

    def ask(self, task: Task, part: int, attempt: int) -> Request:
        """Ask for the answer to one instance."""
        instance = task.instances[part] if task.instances else first_instance(task)
        return self._request(task, instance, part, attempt)

    def read(self, task: Task, replies: Sequence[Reply]) -> Task | Again | Rejected:
        """Put the answers in place of the old outputs."""
        fresh: dict[Instance, str] = {}
        first: Rejected | None = None
        for old, reply in zip(task.instances or (first_instance(task),), replies, strict=True):
            output = self._output(task, old.input, reply)
            if isinstance(output, Rejected):
                first = first or output
            else:
                fresh.setdefault(Instance(old.input, output), old.output)
        kept, rejected = keep_instances(task, list(fresh), ())
        if rejected is not None:
            return first or rejected
        previous = [fresh[instance] for instance in kept]
        extra = {**task.extra, "previous": previous} if any(previous) else task.extra
        return replace(task, instances=kept, extra=extra)


class Sample(_Answering):
    """Asks for more answers to a task's first instance; adds them to `answers`.

    Each is `{"output", "model", "temperature"}`. What filters turn down, and what repeats an
    earlier one, is left out; a task that gets no other answer is rejected.

    Args:
        context: what the stage is built with.
        count: how many are asked for.
        own: the task's own output is one of the answers, with the model "" and no temperature,
            where no earlier stage has noted any.
        keep_cut: keep answers that were cut by length.

    Raises:
        ValueError: for a count of 0.
    """

    def __init__(
        self,
        context: Context,
        count: int = 1,
        own: bool = True,  # noqa: FBT001, FBT002 - an option of a recipe
        keep_cut: bool = False,  # noqa: FBT001, FBT002 - as above
    ) -> None:
        if not count:
            raise ValueError("count begins at 1")
        super().__init__(context, keep_cut=keep_cut)
        self.parts = count
        self._own = own

    def ask(self, task: Task, part: int, attempt: int) -> Request:
        """Ask for one more answer."""
        return self._request(task, first_instance(task), part, attempt)

    def read(self, task: Task, replies: Sequence[Reply]) -> Task | Again | Rejected:
        """Note the answers that differ."""
        own = first_instance(task)
        answers = answers_of(task)
        if self._own and own.output and not answers:
            answers = [{"output": own.output, "model": "", "temperature": None}]
        known = {normal_form(answer["output"]) for answer in answers}
        before, first = len(answers), None
        for reply in replies:
            output = self._output(task, own.input, reply)
            if isinstance(output, Rejected):
                first = first or output
            elif normal_form(output) in known:
                first = first or Rejected("same answer", output[:200], "another answer")
            else:
                known.add(normal_form(output))
                temperature = self._context.decoding.temperature
                answers.append(
                    {"output": output, "model": self._context.model, "temperature": temperature}
                )
        if len(answers) == before and first is not None:
            return first
        return replace(task, extra={**task.extra, "answers": answers})


def answers_of(task: Task) -> list[dict[str, Any]]:
    """Return the answers that were noted with a task."""
    found = task.extra.get("answers")
    rows = found if isinstance(found, list | tuple) else ()
    return [dict(row) for row in rows if isinstance(row, Mapping) and row.get("output")]
