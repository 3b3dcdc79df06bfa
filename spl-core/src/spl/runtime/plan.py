"""A pipeline as data, and its compiled form.

    {"format": 1,
     "inputs": [{"name", "required"}],
     "steps": [{"id", "function", "args": {port: ["step", step id, output port] | ["const", doc] | ["input", name]}},
               {"id", "remote": {...}, "outputs": [port], "args": {...}}],
     "aliases": {alias: step id},
     "sinks": [step id]}

Steps stand in an order in which they can run. A `Program` keeps all values of a run in one list of slots: the steps'
in front, then the inputs, then the constants.
"""

from __future__ import annotations

from spl.runtime.execute import MISSING, Entry, Outcome, StepFailed, at_once, call, in_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Optional

    from spl.runtime.execute import Remote, Step
    from spl.runtime.nodes import Nodes

FORMAT = 1
DEFAULT = "default"


class InvalidPlan(ValueError):
    """The plan is not well formed."""


class UnknownOutput(LookupError):
    """The plan has no alias and no step by this name."""


class InputsMismatch(TypeError):
    """Inputs are missing, or not the plan's.

    Attributes:
        missing, unknown: their names.
    """

    def __init__(self, missing: Sequence[str], unknown: Sequence[str]) -> None:
        self.missing = tuple(missing)
        self.unknown = tuple(unknown)
        told = [f"missing {name!r}" for name in missing] + [f"unknown {name!r}" for name in unknown]
        super().__init__("inputs: " + ", ".join(told))


class Selection:
    """The steps that some output needs, and the required inputs that they take."""

    __slots__ = ("needs", "remote", "steps")

    def __init__(self, steps: tuple[Step, ...], needs: tuple[str, ...]) -> None:
        self.steps = steps
        self.needs = needs
        self.remote = any(step[4] is not None for step in steps)


class Program:
    """A compiled plan; it may run many times, in several threads at once."""

    def __init__(
        self,
        steps: tuple[Step, ...],
        ids: tuple[str, ...],
        inputs: dict[str, int],
        required: frozenset[str],
        template: list[Any],
        ports: dict[int, tuple[str, ...]],
        plan: Mapping[str, Any],
    ) -> None:
        self.steps = steps
        self.ids = ids
        self.aliases: Mapping[str, str] = plan.get("aliases") or {}
        self.sinks: Sequence[str] = plan.get("sinks") or ()
        self._positions = {step_id: position for position, step_id in enumerate(ids)}
        self._inputs = inputs
        self._required = required
        self._template = template
        self._ports = ports
        self._selections: dict[Optional[str], Selection] = {}

    def run(
        self,
        inputs: Mapping[str, Any],
        output: str | None = None,
        *,
        remote: Remote | None = None,
        parallel: int = 0,
        everything: bool = False,
        nodes: Nodes | None = None,
    ) -> Outcome:
        """Run what the output needs.

        Args:
            inputs: values by input name.
            output: an alias or a step id, whose ports are the result, `{"default": value}`. Without one the result has
                an item for each alias, `{alias: {"default": value}}`; without aliases it is that of the only last step,
                or has an item for each last step.
            remote: called with a remote step's document and its arguments; returns the value, or a mapping of values by
                port where the step has other ports than `default`.
            parallel: how many local steps may run at the same time, each in a thread.
            everything: run steps that the result doesn't need, too.
            nodes: is told which steps run.

        Raises:
            StepFailed: from the exception of the step that raised.
            InputsMismatch, UnknownOutput: nothing was run.
        """
        selection = self.select(output, everything=everything)
        values = self.slots(inputs, selection)
        seconds: dict[int, float] = {}
        if selection.remote or parallel > 1:
            failure = at_once(selection.steps, values, seconds, remote, parallel, nodes)
        else:
            failure = in_order(selection.steps, values, seconds, nodes)
        return self.outcome(values, seconds, output, failure)

    def select(self, output: str | None = None, *, everything: bool = False) -> Selection:
        """What an output needs; remembered."""
        key = None if everything else output if output is not None else ""
        known = self._selections.get(key)
        if known is None:
            known = self._selections[key] = self._selection(self._targets(output, everything))
        return known

    def slots(self, inputs: Mapping[str, Any], selection: Selection) -> list[Any]:
        """A fresh list of slots with the inputs in their places."""
        values = self._template.copy()
        unknown = [name for name in inputs if name not in self._inputs]
        missing = [name for name in selection.needs if name not in inputs]
        if unknown or missing:
            raise InputsMismatch(missing, unknown)
        for name, value in inputs.items():
            values[self._inputs[name]] = value
        return values

    def outcome(
        self, values: list[Any], seconds: dict[int, float], output: str | None, failure: tuple[int, Exception] | None
    ) -> Outcome:
        """What the slots hold after a run.

        Raises:
            StepFailed: there was a failure.
        """
        ids = self.ids
        kept = {step_id: value for step_id, value in zip(ids, values) if value is not MISSING}
        outcome = Outcome(kept, {ids[slot]: seconds[slot] for slot in sorted(seconds)})
        if failure is not None:
            raise StepFailed(ids[failure[0]], outcome) from failure[1]
        outcome.result = self._result(kept, output)
        return outcome

    def ports_of(self, step_id: str, value: Any) -> dict[str, Any]:
        """A step's value by output port."""
        ports = self._ports.get(self._positions[step_id])
        return {DEFAULT: value} if ports is None else {port: value[port] for port in ports}

    def _targets(self, output: str | None, everything: bool) -> Sequence[str]:
        if everything:
            return self.ids
        if output is None:
            return list(self.aliases.values()) or self.sinks
        step_id = self.aliases.get(output, output)
        if step_id not in self._positions:
            raise UnknownOutput(output)
        return (step_id,)

    def _selection(self, targets: Sequence[str]) -> Selection:
        wanted = {self._positions[step_id] for step_id in targets}
        waiting = list(wanted)
        taken: set[int] = set()
        count = len(self.steps)
        while waiting:
            for _, source in self.steps[waiting.pop()][2]:
                if source >= count:
                    taken.add(source)
                elif source not in wanted:
                    wanted.add(source)
                    waiting.append(source)
        steps = self.steps if len(wanted) == count else tuple(step for step in self.steps if step[0] in wanted)
        return Selection(steps, tuple(n for n, slot in self._inputs.items() if slot in taken and n in self._required))

    def _result(self, values: Mapping[str, Any], output: str | None) -> dict[str, Any]:
        if output is not None:
            step_id = self.aliases.get(output, output)
            return self.ports_of(step_id, values[step_id])
        if self.aliases:
            return {alias: self.ports_of(step_id, values[step_id]) for alias, step_id in self.aliases.items()}
        if len(self.sinks) == 1:
            return self.ports_of(self.sinks[0], values[self.sinks[0]])
        return {step_id: self.ports_of(step_id, values[step_id]) for step_id in self.sinks}


def compile_plan(
    plan: Mapping[str, Any], functions: Mapping[str, Entry], decode_const: Callable[[Any], Any] = lambda doc: doc
) -> Program:
    """Make a plan ready to run.

    Args:
        plan: see the module.
        functions: what the steps call, by name.
        decode_const: brings a constant's document to its value; called once for each.

    Raises:
        InvalidPlan: it refers to what isn't there, or is in no order in which it could run.
    """
    if plan.get("format") != FORMAT:
        raise InvalidPlan(f"plan format {plan.get('format')!r} is not {FORMAT}")
    return _Compiler(plan, functions, decode_const).program()


class _Compiler:
    def __init__(
        self, plan: Mapping[str, Any], functions: Mapping[str, Entry], decode_const: Callable[[Any], Any]
    ) -> None:
        self.plan = plan
        self.functions = functions
        self.decode = decode_const
        steps, inputs = plan["steps"], plan["inputs"]
        self.template: list[Any] = [MISSING] * (len(steps) + len(inputs))
        self.inputs = {port["name"]: len(steps) + at for at, port in enumerate(inputs)}
        self.required = frozenset(port["name"] for port in inputs if port["required"])
        self.seen: dict[str, int] = {}
        self.ports: dict[int, tuple[str, ...]] = {}

    def program(self) -> Program:
        steps = tuple(self._step(position, step) for position, step in enumerate(self.plan["steps"]))
        if len(self.seen) != len(steps):
            raise InvalidPlan("two steps have one id")
        for step_id in [*(self.plan.get("aliases") or {}).values(), *(self.plan.get("sinks") or ())]:
            if step_id not in self.seen:
                raise InvalidPlan(f"there is no step {step_id!r}")
        return Program(steps, tuple(self.seen), self.inputs, self.required, self.template, self.ports, self.plan)

    def _step(self, position: int, step: Mapping[str, Any]) -> Step:
        step_id, sources = step["id"], step["args"].items()
        pairs = tuple([(name, self._slot(step_id, source)) for name, source in sources])
        picks = (
            tuple([(n, s[2]) for n, s in sources if s[0] == "step" and self.seen[s[1]] in self.ports])
            if self.ports
            else ()
        )
        self.seen[step_id] = position
        if "remote" in step:
            outputs = tuple(step.get("outputs") or (DEFAULT,))
            if outputs != (DEFAULT,):
                self.ports[position] = outputs
            return (position, call, pairs, None, step, picks)
        entry = self.functions.get(step["function"])
        if entry is None:
            raise InvalidPlan(f"step {step_id!r} calls {step['function']!r}, which is not there")
        plain = entry.simple and entry.kind == "plain" and not self._may_lack(step)
        return (position, entry.function, pairs, None if plain else entry, None, picks)

    def _may_lack(self, step: Mapping[str, Any]) -> bool:
        return any(source[0] == "input" and source[1] not in self.required for source in step["args"].values())

    def _slot(self, step_id: str, source: Sequence[Any]) -> int:
        kind = source[0]
        if kind == "const":
            self.template.append(self.decode(source[1]))
            return len(self.template) - 1
        if kind == "step" and source[1] in self.seen:
            position = self.seen[source[1]]
            if source[2] in self.ports.get(position, (DEFAULT,)):
                return position
        elif kind == "input" and source[1] in self.inputs:
            return self.inputs[source[1]]
        raise InvalidPlan(f"step {step_id!r} takes from {source!r}, which is not there, or not before it")
