/** What `engine.doctor()` answers, and asking for it. */
import type { Engine } from '@belljar/core';

type Level = 'namespaces' | 'confined' | 'process';

export interface DoctorReport {
  level: Level | 'none';
  minimumIsolation: Level;
  ok: boolean;
  machine: {
    platform: string;
    architecture: string;
    kernel: string;
    node: string;
    user: 'root' | 'ordinary';
    container?: string | undefined;
  };
  layers: {
    layer: string;
    inForce: boolean;
    neededFor: Level | 'optional';
    reason?: string | undefined;
    fix?: string | undefined;
  }[];
  weakened: { promise: string; reason: string }[];
  runtimes: {
    language: 'python' | 'javascript';
    available: boolean;
    interpreter?: string | undefined;
    version?: string | undefined;
    packages?: string[] | undefined;
    reason?: string | undefined;
    fix?: string | undefined;
  }[];
}

/** Undefined of an engine that cannot examine itself. */
export async function askDoctor(engine: Engine): Promise<DoctorReport | undefined> {
  const { doctor } = engine as Engine & { doctor?: () => Promise<DoctorReport> };
  return await doctor?.call(engine);
}
