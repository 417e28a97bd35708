export {
  type BelljarSandboxProvider,
  type BelljarSandboxSession,
  type BelljarSandboxSettings,
  type CreateSessionOptions,
  createBelljarSandbox,
} from './session/belljar-sandbox.js';
export type { SessionSettings } from './session/belljar-session.js';
