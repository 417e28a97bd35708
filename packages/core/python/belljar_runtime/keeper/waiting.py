"""What the keeper waits for: descriptors, and the poll over them, made anew only when they change."""

from __future__ import annotations

import select

from .commands import Commands
from .execution import Execution
from .link import Link
from .session_channel import SessionChannel
from .session_process import SessionProcess
from .transfers import Transfers


class Waiting:
    def __init__(self) -> None:
        self._poll, self._polled = select.poll(), {}

    def poll(self, events: dict, milliseconds: float | None) -> list:
        if events != self._polled:
            self._poll, self._polled = select.poll(), events
            for descriptor, event in events.items():
                self._poll.register(descriptor, event)
        return self._poll.poll(milliseconds)


def interests(link: Link, session: SessionProcess, channel: SessionChannel, commands: Commands,
              transfers: Transfers, execution: Execution | None) -> dict:
    """Descriptors and the events of each."""
    full = link.full
    descriptors = [session.ended]
    if not full:  # what the engine does not take waits in the code, not in this process
        descriptors.append(channel.fileno())
        descriptors += execution.open_pipes() if execution is not None else []
        descriptors += transfers.descriptors()
    if execution is not None and execution.is_command:
        descriptors.append(execution.child.ended)
    events = dict.fromkeys(descriptors, select.POLLIN)
    events[link.fileno()] = select.POLLIN | select.POLLOUT if link.waits_to_send else select.POLLIN
    commands.interests(events, full)
    return events
