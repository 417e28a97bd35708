/**
 * What the Python side may say: the only place that looks into the headers of its frames.
 *
 * Boundary: headers come from trusted code that runs beside hostile code; they are checked in full.
 * Payloads that a session wrote are read by `session-payloads.ts`.
 */
import { z } from 'zod';

const count = z.number().int().nonnegative();
const ending = z.object({ exitCode: z.number().int().nullable(), signal: count.nullable() });
const exceeded = z.object({ limit: z.string(), value: z.number() });
const usage = z.object({
  wallMs: z.number().nonnegative(),
  cpuMs: z.number().nonnegative(),
  residentBytes: count,
});
const entry = z.object({
  name: z.string().optional(),
  type: z.enum(['file', 'directory', 'symlink', 'fifo', 'socket', 'device', 'other']),
  sizeBytes: count,
  modifyMs: z.number(),
});

const workspaceEntry = z.object({
  name: z.string(),
  type: z.enum(['file', 'directory', 'symlink', 'fifo']),
  mode: count,
  modifyMs: z.number(),
  sizeBytes: count,
  target: z.string().optional(),
  /** Of a file: its content is what it was when the engine last had it. */
  same: z.boolean().optional(),
});

const state = z.discriminatedUnion('kind', [
  z.object({ t: z.literal('state'), n: count, kind: z.enum(['S', 'D', 'L']) }),
  z.object({
    t: z.literal('state'),
    n: count,
    kind: z.literal('K'),
    sha256: z.string().length(64),
    sizeBytes: count,
  }),
  z.object({ t: z.literal('state'), n: count, kind: z.literal('command'), pid: count }),
]);

const fromKeeper = z.discriminatedUnion('t', [
  z.object({ t: z.literal('hello'), id: z.string(), token: z.string() }),
  z.object({ t: z.literal('failed'), id: z.string(), token: z.string(), message: z.string() }),
  z.object({ t: z.literal('stdout'), n: count }),
  z.object({ t: z.literal('stderr'), n: count }),
  z.object({ t: z.literal('display'), n: count }),
  z.object({ t: z.literal('gap'), n: count, bytes: count }),
  z.object({
    t: z.literal('file'),
    n: count,
    name: z.string(),
    change: z.enum(['created', 'changed', 'removed']),
    sizeBytes: count,
    omitted: z.literal(true).optional(),
    sha256: z.string().optional(),
  }),
  z.object({
    t: z.literal('done'),
    n: count,
    reason: z.enum(['timeout', 'cancelled']).nullable(),
    crashed: z.boolean().optional(),
    ending: ending.optional(),
    usage,
    leftovers: z.array(z.tuple([count, z.string()])),
    over: exceeded.nullable().optional(),
    droppedBytes: count,
    droppedDisplays: count,
  }),
  z.object({
    t: z.literal('answer'),
    n: count,
    pid: count.optional(),
    entry: entry.nullable().optional(),
    entries: z.array(entry).optional(),
    removed: z.boolean().optional(),
    /** Why there is no savepoint. */
    reason: z.string().optional(),
  }),
  z.object({ t: z.literal('content'), n: count }),
  z.object({ t: z.literal('refused'), n: count, message: z.string(), errno: count.nullable() }),
  z.object({ t: z.literal('session-lost'), ending }),
  z.object({ t: z.literal('spawn-output'), n: count, stream: z.enum(['stdout', 'stderr']) }),
  z.object({ t: z.literal('spawn-end'), n: count }).extend(ending.shape),
  z.object({ t: z.literal('taken'), n: count }),
  state,
  z.object({ t: z.literal('workspace'), n: count, entries: z.array(workspaceEntry) }),
  z.object({ t: z.literal('workspace-file'), n: count, name: z.string() }),
  z.object({ t: z.literal('captured'), n: count }),
  z.object({ t: z.literal('state-end'), n: count }),
]);

export type KeeperMessage = z.infer<typeof fromKeeper>;
export type Done = Extract<KeeperMessage, { t: 'done' }>;
export type Answer = Extract<KeeperMessage, { t: 'answer' }>;
export type FileMessage = Extract<KeeperMessage, { t: 'file' }>;
export type StateMessage = z.infer<typeof state>;
export type WorkspaceMessage = Extract<KeeperMessage, { t: 'workspace' }>;
export type FileEntry = z.infer<typeof entry>;

export function parseKeeperMessage(header: unknown): KeeperMessage {
  return fromKeeper.parse(header);
}

/** Names of files, as the keeper has them. */
export function parseNames(payload: Buffer): string[] {
  return z.array(z.string()).parse(JSON.parse(payload.toString()));
}

const fromZygote = z.discriminatedUnion('t', [
  z.object({
    t: z.literal('ready'),
    layers: z.array(z.string()).optional(),
    missing: z.array(z.object({ layer: z.string(), reason: z.string() })).optional(),
    level: z.enum(['namespaces', 'confined']).optional(),
    weakened: z.array(z.object({ promise: z.string(), reason: z.string() })).optional(),
    version: z.string().optional(),
    environment: z.string().optional(),
    modules: z.array(z.string()).optional(),
    skipped: z.array(z.string()).optional(),
    milliseconds: z.number().optional(),
  }),
  z.object({ t: z.literal('forked'), id: z.string(), pid: count }),
  z.object({ t: z.literal('session'), id: z.string(), pid: count }),
  z.object({ t: z.literal('gone'), id: z.string(), status: z.number().int() }),
]);

export type ZygoteMessage = z.infer<typeof fromZygote>;

export function parseZygoteMessage(header: unknown): ZygoteMessage {
  return fromZygote.parse(header);
}

const fromWarden = z.object({
  t: z.literal('watched'),
  id: z.string(),
  number: count,
  peakBytes: count.optional(),
  ended: exceeded.nullable().optional(),
});

export type Exceeded = z.infer<typeof exceeded>;
export type WardenAnswer = z.infer<typeof fromWarden>;

export function parseWardenMessage(header: unknown): WardenAnswer {
  return fromWarden.parse(header);
}
