"""The engine's question which variables there are, and the session's answer, unread."""

from __future__ import annotations

from . import session_channel as channel
from .link import Link
from .session_process import SessionProcess


class Variables:
    def __init__(self, link: Link) -> None:
        self._link, self._asked = link, 0

    def waits_for_session(self) -> bool:
        return self._asked > 0

    def ask(self, number: int, session: SessionProcess, talk: channel.SessionChannel) -> None:
        self._asked = number
        talk.send(channel.VARIABLES, {})
        session.resume()

    def answer(self, payload: bytes) -> None:
        self._link.send({"t": "answer", "n": self._asked}, payload)
        self._asked = 0

    def session_ended(self) -> None:
        if self._asked:
            self._link.send({"t": "refused", "n": self._asked, "errno": None,
                             "message": "the session ended"})
            self._asked = 0
