/**
 * What a session's process may say: the only place that looks into the headers of its frames.
 *
 * Boundary: all of it is hostile, headers too. They are small (`HEADER_BYTES`) before they are
 * parsed; payloads are read by `session-payloads.ts`.
 */
import { z } from 'zod';

/** Enough for any header of ours, and too little for one that is costly to parse. */
export const HEADER_BYTES = 1_024;

const count = z.number().int().nonnegative();
const fromSession = z.discriminatedUnion('t', [
  z.object({ t: z.literal('ready') }),
  z.object({ t: z.literal('stdout'), n: count }),
  z.object({ t: z.literal('stderr'), n: count }),
  z.object({ t: z.literal('display'), n: count }),
  z.object({ t: z.literal('gap'), n: count, bytes: count }),
  z.object({ t: z.literal('done'), n: count, droppedBytes: count, droppedDisplays: count }),
  z.object({ t: z.literal('variables'), n: count }),
  z.object({ t: z.literal('restore'), n: count }),
]);

export type SessionMessage = z.infer<typeof fromSession>;
export type Done = Extract<SessionMessage, { t: 'done' }>;
export type Shown = Extract<SessionMessage, { t: 'stdout' | 'stderr' | 'display' | 'gap' }>;

export function parseSessionMessage(header: unknown): SessionMessage {
  return fromSession.parse(header);
}
