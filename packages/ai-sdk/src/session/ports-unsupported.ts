import { BelljarError } from '@belljar/core';

const MESSAGE = 'A Belljar sandbox has no network, so nothing outside reaches a port of it.';

/** Rejects, with the harness's own error where a harness is installed to look for it. */
export async function portsUnsupported(): Promise<never> {
  const harness = await import('@ai-sdk/harness').catch(() => undefined);
  if (!harness) throw new BelljarError('INVALID_ARGUMENT', MESSAGE);
  throw new harness.HarnessCapabilityUnsupportedError({ harnessId: 'belljar', message: MESSAGE });
}
