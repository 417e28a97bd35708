/** Who keeps the key that all other keys are wrapped by. */

/**
 * Wraps the keys of sandboxes, such as by a key that a key-management service keeps. Its own key may
 * change at any time, as long as what was wrapped before can be unwrapped.
 */
export interface KeyProvider {
  /** Kept beside each key that it wrapped, and named when one cannot be unwrapped. */
  readonly id: string;
  /** `context` names the one key that this is: what is wrapped is bound to it. */
  wrap(key: Uint8Array, context: string): Promise<Uint8Array>;
  /** Rejects when it did not wrap this, for this context. */
  unwrap(wrapped: Uint8Array, context: string): Promise<Uint8Array>;
}

export interface KeyStore {
  /**
   * Wraps each key again, with the provider's newest key, and resolves to how many. No data is
   * written anew. One that is cut off may be called again.
   */
  rotateKeys(): Promise<number>;
}
