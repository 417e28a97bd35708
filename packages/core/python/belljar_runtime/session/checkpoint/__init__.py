"""Stand-in until the real one is merged."""
import io, pickle
def capture(session, writer):
    names = {k: v for k, v in session.namespace.names.items() if k not in session.namespace.initial and not k.startswith('__')}
    buffers = []
    out = {}
    for k, v in names.items():
        try:
            out[k] = pickle.dumps(v, 5)
        except Exception as e:
            writer.lost(k, type(v).__name__, str(e)); continue
        out[k] = v
    data = pickle.dumps(out, 5, buffer_callback=buffers.append)
    writer.segment(); writer.data(data)
    for b in buffers:
        writer.segment(b.raw().readonly); writer.data(b.raw())
def restore(session, segments, reseed):
    session.namespace.names.update(pickle.loads(segments[0], buffers=segments[1:]))
    return []
