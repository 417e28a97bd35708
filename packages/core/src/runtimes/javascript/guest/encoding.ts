/** `TextEncoder` and `TextDecoder`; there before other libraries are loaded, which look for them. */
import { TextDecoder, TextEncoder } from '@exodus/bytes/encoding-lite.js';

export { TextDecoder, TextEncoder };
