/** What `engine.doctor()` says of a machine. */
import type { IsolationLevel } from '../engine.js';

/** One layer of the jail, as it was tried here. */
export interface LayerReport {
  layer: string;
  inForce: boolean;
  /** The lowest level that cannot do without it. */
  neededFor: IsolationLevel | 'optional';
  /** Why it is not in force. */
  reason?: string;
  /** What to do about it; absent where another layer's fix is the one. */
  fix?: string;
}

export interface RuntimeReport {
  language: 'python' | 'javascript';
  available: boolean;
  interpreter?: string;
  version?: string;
  /** Installed packages with their versions, such as `numpy 2.4.6`. */
  packages?: string[];
  reason?: string;
  fix?: string;
}

export interface MachineReport {
  platform: string;
  architecture: string;
  kernel: string;
  node: string;
  user: 'root' | 'ordinary';
  /** What the engine runs in, such as `docker`, `kubernetes`, `wsl2`; undefined on a plain host. */
  container: string | undefined;
}

export interface DoctorReport {
  /**
   * The level that a sandbox of this engine reaches here; `process` where there is none and JavaScript
   * may run at it; 'none' when no sandbox can be had.
   */
  level: IsolationLevel | 'none';
  minimumIsolation: IsolationLevel;
  /** The level is at or above `minimumIsolation`: sandboxes can be created. */
  ok: boolean;
  machine: MachineReport;
  layers: LayerReport[];
  /** Promises that do not hold in full at this level. */
  weakened: { promise: string; reason: string }[];
  runtimes: RuntimeReport[];
}
