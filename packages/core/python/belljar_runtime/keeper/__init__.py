"""The first process of a sandbox: trusted code beside hostile code of the same user id."""

from __future__ import annotations

import _socket

from .. import birth
from .link import EngineGone, Link
from .loop import Keeper
from .session_process import SessionSource

__all__ = ["run"]


def run(connection: _socket.socket, orders: _socket.socket, request: dict,
        facilities: birth.Facilities) -> None:
    """Confines this process, tells the engine, and serves until the engine is gone.

    `orders` leads to the nursery from which this sandbox has its sessions.
    """
    try:
        request["cpus"] = birth.choose_cpus(request)
        source = SessionSource(orders, request, facilities)
        first = source.order()
        source.handles = facilities.confine_keeper(request)
        keeper = Keeper(Link(connection), source, first, request, facilities)
    except BaseException as error:
        connection.setblocking(True)
        connection.sendall(birth.failure_frame(request, error))
        raise
    try:
        keeper.serve()
    except EngineGone:
        pass
