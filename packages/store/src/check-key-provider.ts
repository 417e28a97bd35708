/** Which key providers are accepted. */
import { checkName, invalid, requireObject } from './check-input.js';
import type { KeyProvider } from './contract/keys.js';

/** The provider itself, not a copy. */
export function checkKeyProvider(provider: KeyProvider): KeyProvider {
  requireObject(provider, 'keyProvider');
  checkName(provider.id, 'keyProvider.id');
  for (const name of ['wrap', 'unwrap'] as const) {
    if (typeof provider[name] !== 'function') {
      throw invalid(`keyProvider.${name}`, 'must be a function');
    }
  }
  return provider;
}
