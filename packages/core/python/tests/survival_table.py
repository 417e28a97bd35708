"""The tables of docs/survival.md, from what the corpus's cases really do. Run this to write them."""

from __future__ import annotations

import os
import re

import checkpoint_corpus

PAGE = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                    *[os.pardir] * 4, "docs", "survival.md"))
_BEGIN, _END = "<!-- tables -->\n", "<!-- end of tables -->\n"
_ROW = re.compile(r"\| (.+) \| (carried|lost|carried in part)(?:: (.*))? \|$")


def table_lines(group: checkpoint_corpus.Group, reasons: dict) -> list:
    """`reasons`: by kind, what was said of what is lost."""
    lines = ["", "### %s" % group.title, "", "| kind | after a wake |", "| --- | --- |"]
    for case in group.cases:
        reason = reasons.get(case.kind)
        lines.append("| %s | %s%s |" % (case.kind, case.outcome, reason and ": " + reason or ""))
    return lines


def with_tables(page: str, reasons: dict) -> str:
    """The page with its tables anew."""
    before, _, rest = page.partition(_BEGIN)
    after = rest.partition(_END)[2]
    lines = [line for group in checkpoint_corpus.groups() for line in table_lines(group, reasons)]
    return before + _BEGIN + "\n".join(lines)[1:] + "\n\n" + _END + after


def reasons_in(page: str) -> dict:
    found = (_ROW.match(line) for line in page.splitlines())
    return {row[1]: row[3] for row in found if row is not None and row[3]}


def _found_reasons() -> dict:
    from checkpoint_harness import carry_case
    found = {}
    for group in checkpoint_corpus.groups():
        for case in group.cases:
            if case.lost:
                lost = carry_case(case.make, case.check).lost
                said = ["%s: %s" % (kind, reason) if case.outcome != "lost" else reason
                        for _, kind, reason in lost]
                found[case.kind] = "; ".join(dict.fromkeys(said)).replace("|", "\\|")
    return found


if __name__ == "__main__":
    with open(PAGE, encoding="utf-8") as stream:
        text = stream.read()
    text = with_tables(text, _found_reasons())
    with open(PAGE, "w", encoding="utf-8") as stream:
        stream.write(text)
