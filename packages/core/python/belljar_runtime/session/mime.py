"""A value as a MIME bundle: each form as JSON text, ready to be put into a frame.

Forms come from the methods that notebooks use. One that raises is named on stderr, and the others
stand. Binary forms are base64.
"""

from __future__ import annotations

import json
import sys
from binascii import b2a_base64
from typing import Any

from . import figures
from .channel import FRAME_CAP_BYTES, encode
from .plain import cut_text, json_text, plain_text, type_name

BUNDLE_BYTES = FRAME_CAP_BYTES - 1024 * 1024

_METHODS = (
    ("_repr_html_", "text/html"),
    ("_repr_markdown_", "text/markdown"),
    ("_repr_latex_", "text/latex"),
    ("_repr_svg_", "image/svg+xml"),
    ("_repr_png_", "image/png"),
    ("_repr_jpeg_", "image/jpeg"),
    ("_repr_json_", "application/json"),
)
_MOST_FORMS = 20
_WITHOUT_METHODS = (type(None), bool, int, float, complex, str, bytes, list, tuple, dict, set)


def describe(value: Any) -> tuple:
    """The bundle, and whether something of it was cut."""
    text, cut = plain_text(value)
    bundle = {"text/plain": encode(text)}
    if type(value) in _WITHOUT_METHODS:
        form = json_text(value)
        if form is not None:
            bundle["application/json"] = form
        return bundle, cut
    if issubclass(type(value), type):
        return bundle, cut
    if figures.is_figure(value):
        figures.add_picture(value, bundle)
    elif _is_plotly(value):
        bundle["application/vnd.plotly.v1+json"] = encode(json.loads(value.to_json()))
        page = value.to_html(include_plotlyjs="cdn", full_html=False)
        bundle["text/html"] = encode(page)
    else:
        _add_forms(value, bundle)
    return _fitted(bundle, text, cut)


def raw_bundle(data: Any) -> tuple:
    """A bundle that the code made itself: `display({'text/html': ...}, raw=True)`."""
    bundle: dict = {}
    _add_bundle(data, bundle)
    if "text/plain" not in bundle:
        bundle["text/plain"] = encode("<%s>" % ", ".join(bundle))
    return _fitted(bundle, json.loads(bundle["text/plain"]), False)


def join(bundle: dict) -> str:
    """The JSON object of a bundle."""
    return "{%s}" % ",".join("%s:%s" % (encode(kind), form) for kind, form in bundle.items())


def _is_plotly(value: Any) -> bool:
    base = getattr(sys.modules.get("plotly.basedatatypes"), "BaseFigure", None)
    return base is not None and issubclass(type(value), base)


def _add_forms(value: Any, bundle: dict) -> None:
    data = _form(value, "_repr_mimebundle_")
    if data is not None:
        _add_bundle(data, bundle)
    for method, kind in _METHODS:
        if kind in bundle or (kind == "image/jpeg" and "image/png" in bundle):
            continue
        data = _form(value, method)
        if data is not None:
            _add(kind, data, bundle, "%s of %s" % (method, type_name(value)))


def _form(value: Any, method: str) -> Any:
    """Looked up on the type, so that objects which answer to every name are not asked."""
    if getattr(type(value), method, None) is None:
        return None
    try:
        data = getattr(value, method)()
    except NotImplementedError:
        return None
    except Exception as error:  # noqa: BLE001 - the code's own method
        _complain("%s of %s" % (method, type_name(value)), error)
        return None
    # Some methods return the data together with metadata.
    return data[0] if type(data) is tuple and len(data) == 2 else data


def _add_bundle(data: Any, bundle: dict) -> None:
    if not isinstance(data, dict):
        return
    for kind in list(data)[:_MOST_FORMS]:
        if isinstance(kind, str) and "/" in kind and len(kind) <= 200 and data[kind] is not None:
            _add(kind, data[kind], bundle, kind)


def _add(kind: str, data: Any, bundle: dict, what: str) -> None:
    try:
        if isinstance(data, (bytes, bytearray, memoryview)):
            data = b2a_base64(data, newline=False).decode("ascii")
        if kind == "text/plain" and isinstance(data, str) and len(data) > BUNDLE_BYTES // 300:
            data = cut_text(data)
        bundle[kind] = encode(data)
    except Exception as error:  # noqa: BLE001 - not JSON, or out of memory
        _complain(what, error)


def _complain(what: str, error: Exception) -> None:
    text = plain_text(error)[0]
    try:
        print("%s failed: %s" % (what, text[:1000]), file=sys.stderr)
    except Exception:  # noqa: BLE001 - the code may have closed it
        pass


def _fitted(bundle: dict, text: str, cut: bool) -> tuple:
    """Leaves out the largest forms until the bundle fits, and says so in its text."""
    notes = []
    while sum(map(len, bundle.values())) > BUNDLE_BYTES and len(bundle) > 1:
        largest = max((kind for kind in bundle if kind != "text/plain"),
                      key=lambda kind: len(bundle[kind]))
        size = len(bundle.pop(largest))
        notes.append("[%s of %s bytes left out: one display or result may have %s]" % (
            largest, format(size, ","), format(BUNDLE_BYTES, ",")))
    if notes:
        bundle["text/plain"] = encode("\n".join([text, *notes]))
    return bundle, cut or bool(notes)
