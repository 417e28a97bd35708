import type { PartialAnswer, RunHooks } from '@belljar/core/tool';

/**
 * Yields what `run` tells meanwhile, then what it resolves to. Of partial answers that nobody has
 * read yet, the newest only. A consumer that stops early ends the run.
 */
export async function* withPartials<Output>(
  run: (hooks: RunHooks) => Promise<Output>,
  asOutput: (partial: PartialAnswer) => Output,
  signal: AbortSignal | undefined,
): AsyncGenerator<Output> {
  const left = new AbortController();
  let newest: PartialAnswer | undefined;
  let news = Promise.withResolvers<void>();
  const finished = run({
    signal: AbortSignal.any([left.signal, ...(signal ? [signal] : [])]),
    onPartial(partial) {
      newest = partial;
      news.resolve();
    },
  });
  finished.catch(() => {}); // it is awaited below
  try {
    for (let isRunning = true; isRunning; ) {
      isRunning = await Promise.race([finished.then(() => false), news.promise.then(() => true)]);
      if (!isRunning || newest === undefined) break;
      news = Promise.withResolvers();
      yield asOutput(newest);
    }
    yield await finished;
  } finally {
    left.abort();
  }
}
