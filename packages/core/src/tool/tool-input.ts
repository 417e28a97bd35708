/** What models send as a tool's input, and what frameworks are told that they may send. */
import { z } from 'zod';

/** The input as JSON Schema, without what model endpoints refuse. */
export function parametersOf(fields: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...parameters } = z.toJSONSchema(fields, { io: 'input' });
  return parameters;
}

/**
 * A schema that says the same of the input and accepts any: what is wrong is answered by the tool,
 * in words that help, where each framework has its own.
 */
export function lenientSchema(
  parameters: Record<string, unknown>,
): z.ZodType<Record<string, unknown>> {
  const required = new Set(parameters.required as string[] | undefined);
  const fields = Object.entries(parameters.properties ?? {}).map(([name, property]) => {
    const field = z.any().meta(property as Record<string, unknown>);
    return [name, required.has(name) ? field : field.optional()] as const;
  });
  const absent = Object.fromEntries([...required].map((name) => [name, null]));
  return z.preprocess(
    (input) => ({ ...absent, ...unwrapObject(input) }),
    z.object(Object.fromEntries(fields)),
  );
}

/** The object in an input: itself, or as JSON text. A null counts as not sent. */
export function unwrapObject(input: unknown): Record<string, unknown> {
  const value = typeof input === 'string' ? parseJson(input) : input;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null));
}

/** One sentence for each field that is wrong, for the model. */
export function inputFaults(error: z.ZodError, fields: z.ZodType): string {
  const properties = parametersOf(fields).properties as Record<string, { type?: unknown }>;
  const names = new Set(error.issues.map(({ path }) => String(path[0])));
  return [...names]
    .map((name) => `The field ${name} must be a ${String(properties[name]?.type)}.`)
    .join(' ');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
