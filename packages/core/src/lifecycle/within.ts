/** Resolves when the promise settles or the time is over, whichever is first. */
export async function within(timeMs: number, promise: Promise<unknown>): Promise<void> {
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(over.resolve, timeMs);
  try {
    await Promise.race([promise.catch(() => {}), over.promise]);
  } finally {
    clearTimeout(timer);
  }
}
