export { BelljarBackend, type BelljarBackendOptions } from './belljar-backend.js';
