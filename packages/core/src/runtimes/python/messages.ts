/**
 * What the Python side may say: the only place that looks into its frames.
 *
 * Boundary: headers come from trusted code that runs beside hostile code; they are checked in full.
 * Payloads that a session wrote (results, displays, variables) are hostile JSON: checked here for
 * shape and size, and never evaluated.
 */
import { z } from 'zod';
import type { MimeBundle } from '../../execution.js';
import { JsonAllowance } from './hostile-json.js';

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
  }),
  z.object({ t: z.literal('content'), n: count }),
  z.object({ t: z.literal('refused'), n: count, message: z.string(), errno: count.nullable() }),
  z.object({ t: z.literal('session-lost'), ending }),
  z.object({ t: z.literal('spawn-output'), n: count, stream: z.enum(['stdout', 'stderr']) }),
  z.object({ t: z.literal('spawn-end'), n: count }).extend(ending.shape),
  z.object({ t: z.literal('taken'), n: count }),
]);

export type KeeperMessage = z.infer<typeof fromKeeper>;
export type Done = Extract<KeeperMessage, { t: 'done' }>;
export type Answer = Extract<KeeperMessage, { t: 'answer' }>;
export type FileMessage = Extract<KeeperMessage, { t: 'file' }>;
export type FileEntry = z.infer<typeof entry>;

export function parseKeeperMessage(header: unknown): KeeperMessage {
  return fromKeeper.parse(header);
}

const fromZygote = z.discriminatedUnion('t', [
  z.object({
    t: z.literal('ready'),
    layers: z.array(z.string()).optional(),
    missing: z.array(z.object({ layer: z.string(), reason: z.string() })).optional(),
    level: z.enum(['namespaces', 'confined']).optional(),
    weakened: z.array(z.object({ promise: z.string(), reason: z.string() })).optional(),
    version: z.string().optional(),
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

const mimeBundle = z.record(z.string().max(256), z.unknown());

/** Readers of JSON end at some depth, and so does the store: deeper forms are left out. */
const DEEPEST = 100;

/** Shallow, and with numbers that JSON has: what a session writes as `1e999` is none when read. */
function isPlain(value: unknown, depth = DEEPEST): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((item) => isPlain(item, depth - 1));
}

/** The forms that can be kept, and whether there were others. */
function plainForms(bundle: MimeBundle): { bundle: MimeBundle; cut: boolean } {
  const forms = Object.entries(bundle);
  const kept = forms.filter(([, form]) => isPlain(form));
  return { bundle: Object.fromEntries(kept), cut: kept.length < forms.length };
}

const sessionResult = z.object({
  status: z.enum(['ok', 'error']),
  result: mimeBundle.nullable().optional(),
  truncated: z.boolean().optional(),
  error: z
    .object({ name: z.string(), message: z.string(), traceback: z.string() })
    .nullable()
    .optional(),
});

export type SessionResult = z.infer<typeof sessionResult>;

const sessionVariables = z.object({
  variables: z
    .array(
      z.object({
        name: z.string(),
        type: z.string(),
        sizeBytes: count,
        preview: z.string().max(1_000),
      }),
    )
    .max(10_000),
});

function parseHostile<T>(
  schema: z.ZodType<T>,
  payload: Buffer,
  allowance = new JsonAllowance(),
): T | undefined {
  if (!allowance.take(payload)) return undefined;
  try {
    const parsed = schema.safeParse(JSON.parse(payload.toString('utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined when the session did not keep to its protocol. */
export function parseSessionResult(payload: Buffer): SessionResult | undefined {
  const said = parseHostile(sessionResult, payload);
  if (!said?.result) return said;
  const { bundle, cut } = plainForms(said.result);
  return { ...said, result: bundle, truncated: said.truncated || cut };
}

/** `allowance`: of all displays of a run together. */
export function parseDisplay(
  payload: Buffer,
  allowance: JsonAllowance,
): { bundle: MimeBundle; cut: boolean } | undefined {
  const bundle = parseHostile(mimeBundle, payload, allowance);
  return bundle && plainForms(bundle);
}

export function parseVariables(
  payload: Buffer,
): z.infer<typeof sessionVariables>['variables'] | undefined {
  return parseHostile(sessionVariables, payload)?.variables;
}
