"""How a run begins: code is given to the session, a command gets a process of its own."""

from __future__ import annotations

from .. import birth
from ..population import Population
from ..quota import Quota
from . import session_channel as channel
from .commands import open_input, start_command
from .execution import Execution
from .link import Link
from .session_process import SessionProcess

_SOCKET_TAKES_BYTES = 16_384


def send_code(header: dict, payload: bytes, session: SessionProcess,
              talk: channel.SessionChannel, population: Population) -> None:
    code = payload.decode("utf-8", "surrogatepass")
    if len(payload) > _SOCKET_TAKES_BYTES:
        session.resume()
    ended = population.adopted_by(session.pid)
    order = {"code": code, "number": header["number"], "ended": ended}
    order.update({name: header[name] for name in ("clock", "trace") if name in header})
    talk.send(channel.EXECUTE, order)
    session.resume()  # to an order that is there: it need not wait for it again


def begin_command(link: Link, header: dict, payload: bytes, before: dict, limits: dict,
                  facilities: birth.Facilities, quota: Quota) -> Execution:
    quota.take(len(payload))
    child = start_command(limits, facilities, header, open_input(payload))
    return Execution(link, header, child, before, None)
