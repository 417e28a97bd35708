"""A small assembler for classic BPF: a decision tree in, an array of `struct sock_filter` out.

Invariant: every jump goes forward and lands on the node it was given. The program is built from its
end, so that a target always exists before the jump to it, and equal subtrees are stored once. A
target that is out of a conditional jump's reach (255) is reached through an unconditional one.
"""

from __future__ import annotations

import struct
from typing import Dict, List, Optional, Sequence, Tuple

# linux/bpf_common.h: load a word of the data, AND, jumps, return.
_LOAD_WORD, _AND, _RETURN = 0x20, 0x54, 0x06
_JUMP, _JUMP_EQUAL, _JUMP_GREATER_EQUAL = 0x05, 0x15, 0x35

# One slot less than 255: the trampoline of the other branch may come in between.
_REACH = 254
_LONGEST_PROGRAM = 4096

# A node is its distance from the end of the program: positions do not move while it grows.
Node = int


class Program:
    """Nodes of a decision tree, leaves first; `assemble(root)` orders them for the kernel."""

    def __init__(self) -> None:
        self._reversed: List[Tuple[int, int, int, int]] = []
        self._known: Dict[Tuple[int, int, Optional[Node], Optional[Node]], Node] = {}

    def give(self, action: int) -> Node:
        """Ends the filter with `action`."""
        return self._node(_RETURN, action)

    def load(self, offset: int, then: Node) -> Node:
        """Loads the 32-bit word at `offset` of `struct seccomp_data`."""
        return self._straight(_LOAD_WORD, offset, then)

    def mask(self, bits: int, then: Node) -> Node:
        """Keeps `bits` of the loaded word."""
        return self._straight(_AND, bits, then)

    def equal(self, value: int, then: Node, otherwise: Node) -> Node:
        return self._branch(_JUMP_EQUAL, value, then, otherwise)

    def at_least(self, value: int, then: Node, otherwise: Node) -> Node:
        return self._branch(_JUMP_GREATER_EQUAL, value, then, otherwise)

    def switch(self, cases: Dict[int, Node], otherwise: Node) -> Node:
        """Selects by the loaded word: a binary search over ranges that lead to the same node."""
        ranges: List[Tuple[int, Node]] = [(0, otherwise)]
        for value in sorted(cases):
            self._start_range(ranges, value, cases[value])
            if value < 0xFFFFFFFF:
                self._start_range(ranges, value + 1, otherwise)
        return self.search(ranges)

    def search(self, ranges: Sequence[Tuple[int, Node]]) -> Node:
        """Selects among `(first value, node)`, in ascending order, the first one from 0."""
        if len(ranges) == 1:
            return ranges[0][1]
        if len(ranges) == 3 and ranges[0][1] == ranges[2][1] and ranges[1][0] + 1 == ranges[2][0]:
            return self.equal(ranges[1][0], ranges[1][1], ranges[0][1])
        middle = len(ranges) // 2
        upper = self.search(ranges[middle:])
        return self.at_least(ranges[middle][0], upper, self.search(ranges[:middle]))

    def assemble(self, root: Node) -> bytes:
        """The program, as the kernel reads it, from `root` on."""
        code = self._reversed[root::-1]
        if len(code) > _LONGEST_PROGRAM:
            raise ValueError("the filter has %d instructions, at most 4096 load" % len(code))
        return b"".join(struct.pack("<HBBI", *instruction) for instruction in code)

    @staticmethod
    def _start_range(ranges: List[Tuple[int, Node]], first: int, node: Node) -> None:
        if ranges[-1][0] == first:
            ranges.pop()
        if not ranges or ranges[-1][1] != node:
            ranges.append((first, node))

    def _straight(self, code: int, k: int, then: Node) -> Node:
        known = self._known.get((code, k, then, None))
        if known is not None:
            return known
        if then != len(self._reversed) - 1:
            self._jump(then)
        node = self._append(code, 0, 0, k)
        self._known[(code, k, then, None)] = node
        return node

    def _branch(self, code: int, k: int, then: Node, otherwise: Node) -> Node:
        if then == otherwise:
            return then
        known = self._known.get((code, k, then, otherwise))
        if known is not None:
            return known
        near, otherwise_near = self._within_reach(then), self._within_reach(otherwise)
        here = len(self._reversed)
        node = self._append(code, here - near - 1, here - otherwise_near - 1, k)
        self._known[(code, k, then, otherwise)] = node
        return node

    def _within_reach(self, target: Node) -> Node:
        return target if len(self._reversed) - target - 1 <= _REACH else self._jump(target)

    def _jump(self, target: Node) -> Node:
        return self._append(_JUMP, 0, 0, len(self._reversed) - target - 1)

    def _node(self, code: int, k: int) -> Node:
        key = (code, k, None, None)
        if key not in self._known:
            self._known[key] = self._append(code, 0, 0, k)
        return self._known[key]

    def _append(self, code: int, when_true: int, when_false: int, k: int) -> Node:
        self._reversed.append((code, when_true, when_false, k))
        return len(self._reversed) - 1
