/** Why a test did not run, as a test carries it in its `meta` and the reporter reads it. */
export interface Skip {
  /** What is missing, and how to get it. */
  reason: string;
  /** Why the skip is right under CI too. Without it, CI counts the skip as a failure. */
  optional?: string;
}

declare module 'vitest' {
  interface TaskMeta {
    belljarSkip?: Skip;
  }
}

export function asSkip(meta: { belljarSkip?: Skip }, otherReason: string): Skip {
  return meta.belljarSkip ?? { reason: otherReason };
}
