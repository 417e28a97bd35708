"""Settings of libraries that the code has imported; see `settings`."""

from __future__ import annotations

import sys
from typing import Any

from ..imports import import_trusted
from .pickler import StatePickler
from .settings import Setting

_CONTEXT = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp", "flags", "traps")
_LOGGER = ("level", "handlers", "propagate", "disabled", "filters")


def _module(name: str) -> Any:
    return sys.modules.get(name)


def _warnings(pickler: StatePickler) -> Any:
    return list(_module("warnings").filters)


def set_warnings(filters: list) -> None:
    warnings = import_trusted("warnings")
    warnings.resetwarnings()  # what was decided by the filters before is forgotten too
    warnings.filters[:] = filters


def _decimal(pickler: StatePickler) -> Any:
    decimal = _module("decimal")
    if decimal is None:
        return None
    context = decimal.getcontext()
    state = {name: getattr(context, name) for name in _CONTEXT}
    for name in ("flags", "traps"):
        state[name] = [one for one, is_set in state[name].items() if is_set]
    return state


def set_decimal(state: dict) -> None:
    decimal = import_trusted("decimal")
    decimal.setcontext(decimal.Context(**state))


def _logging(pickler: StatePickler) -> Any:
    logging = _module("logging")
    if logging is None:
        return None
    names = [name for name, one in logging.root.manager.loggerDict.items()
             if isinstance(one, logging.Logger)]
    state = {name: _logger(logging.getLogger(name)) for name in ("", *names)}
    changed = {name: one for name, one in state.items() if one != _as_made(logging, name)}
    return (logging.root.manager.disable, changed) if changed or logging.root.manager.disable else None


def _logger(logger: Any) -> tuple:
    return tuple(getattr(logger, name) for name in _LOGGER)


def _as_made(logging: Any, name: str) -> tuple:
    return (logging.NOTSET if name else logging.WARNING, [], True, False, [])


def set_logging(state: tuple) -> None:
    logging = import_trusted("logging")
    disable, loggers = state
    logging.disable(disable)
    for name, values in loggers.items():
        logger = logging.getLogger(name)
        for attribute, value in zip(_LOGGER, values):
            setattr(logger, attribute, value)
        logger.manager._clear_cache()


def _locale(pickler: StatePickler) -> Any:
    locale = _module("_locale")
    return None if locale is None else locale.setlocale(locale.LC_ALL, None)


def set_locale(name: str) -> None:
    locale = import_trusted("_locale")
    if locale.setlocale(locale.LC_ALL, None) != name:
        locale.setlocale(locale.LC_ALL, name)


def _numpy(pickler: StatePickler) -> Any:
    numpy = _module("numpy")
    if numpy is None:
        return None
    return numpy.get_printoptions(), numpy.geterr(), numpy.geterrcall()


def set_numpy(state: tuple) -> None:
    numpy = import_trusted("numpy")
    options, errors, call = state
    options = {name: value for name, value in options.items() if name != "override_repr" or value}
    numpy.set_printoptions(**options)
    numpy.seterr(**errors)
    numpy.seterrcall(call)


def _pandas(pickler: StatePickler) -> Any:
    options = _module("pandas._config.config")
    if options is None or _module("pandas") is None:
        return None
    registered = options._registered_options
    found = {name: _module("pandas").get_option(name) for name in registered
             if name not in options._deprecated_options}
    return {name: value for name, value in found.items() if value != registered[name].defval} or None


def set_pandas(state: dict) -> None:
    pandas = import_trusted("pandas")
    for name, value in state.items():
        pandas.set_option(name, value)


def _matplotlib(pickler: StatePickler) -> Any:
    matplotlib = _module("matplotlib")
    if matplotlib is None or not hasattr(matplotlib, "rcParamsOrig"):
        return None
    before = matplotlib.rcParamsOrig
    return {name: value for name, value in dict.items(matplotlib.rcParams)
            if dict.get(before, name) != value} or None


def set_matplotlib(state: dict) -> None:
    dict.update(import_trusted("matplotlib").rcParams, state)


SETTINGS = (
    Setting("warnings filters", _warnings, set_warnings),
    Setting("decimal context", _decimal, set_decimal),
    Setting("logging", _logging, set_logging),
    Setting("locale", _locale, set_locale),
    Setting("numpy options", _numpy, set_numpy),
    Setting("pandas options", _pandas, set_pandas),
    Setting("matplotlib parameters", _matplotlib, set_matplotlib),
)
