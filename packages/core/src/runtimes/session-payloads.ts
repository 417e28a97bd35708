/**
 * What a session says of its own code: results, displays, variables.
 *
 * Boundary: hostile JSON, whatever the language. Checked here for shape, size and depth; never
 * evaluated.
 */
import { z } from 'zod';
import type { MimeBundle } from '../execution.js';
import { JsonAllowance } from './hostile-json.js';
import type { LostValue } from './sandbox-state.js';

/** A session keeps it shorter. */
const MOST_TRACE_CHARACTERS = 1_000_000;

const count = z.number().int().nonnegative();
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
  /** The last: of an interpreter that cannot go on, and says so itself. */
  status: z.enum(['ok', 'error', 'out-of-memory']),
  result: mimeBundle.nullable().optional(),
  truncated: z.boolean().optional(),
  trace: z.object({ exact: z.boolean(), data: z.string().max(MOST_TRACE_CHARACTERS) }).optional(),
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
        identity: z.string().max(100).optional(),
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

const lostValue = z.tuple([z.string(), z.string(), z.string()]);
const restored = z.object({ lost: z.array(lostValue).max(1_000) });

const toLost = ([name, type, reason]: [string, string, string]): LostValue => ({
  name,
  type,
  reason,
});

/** One value that a session could not carry. */
export function parseLostValue(payload: Buffer): LostValue {
  const said = parseHostile(lostValue, payload);
  return said ? toLost(said) : { name: '?', type: '?', reason: 'its report could not be read' };
}

/** What was lost on the way into a session. */
export function parseRestored(payload: Buffer): LostValue[] {
  return (parseHostile(restored, payload)?.lost ?? []).map(toLost);
}

export function parseVariables(
  payload: Buffer,
): z.infer<typeof sessionVariables>['variables'] | undefined {
  return parseHostile(sessionVariables, payload)?.variables;
}
