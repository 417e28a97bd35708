/** `display()` for the code: shows values in order with what is printed. */
import type { Session } from './session.js';
import { type Described, describe, describePlain, rawBundle } from './values.js';
import type { Work } from './work.js';

const DISPLAY = Symbol.for('Jupyter.display');

/** With `raw` as its last argument's member, the values are MIME bundles themselves. */
export function createDisplay(session: Session, work: Work): (...values: unknown[]) => unknown {
  const show = ({ bundle, cut }: Described): void => {
    session.noteCut(cut);
    session.show(bundle);
  };
  const showOwn = async (values: unknown[]): Promise<void> => {
    for (const value of values) show(await describe(value));
  };
  return function display(...values: unknown[]): unknown {
    const last = values.at(-1) as { raw?: unknown } | null | undefined;
    const raw = values.length > 1 && typeof last === 'object' && last?.raw === true;
    const shown = raw ? values.slice(0, -1) : values;
    const isOwn = (value: unknown): boolean =>
      typeof (value as Record<symbol, unknown> | null | undefined)?.[DISPLAY] === 'function';
    if (!raw && shown.some(isOwn)) return work.track(showOwn(shown));
    for (const value of shown) show(raw ? rawBundle(value) : describePlain(value));
    return undefined;
  };
}
