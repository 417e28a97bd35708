export { BelljarBackend, type BelljarBackendOptions } from './belljar-backend.js';
export { SANDBOX_PROMPT } from './sandbox-prompt.js';
