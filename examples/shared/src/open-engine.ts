/** An engine whose Python has the libraries that an example needs. */
import { BelljarError, createEngine, type Engine, setupPython } from '@belljar/core';
import { type Environment, probeEnvironment } from '@belljar/core/tool';
import { ExampleFailure } from './example-failure.js';

export interface OpenEngineOptions {
  /** Libraries, by the names that are imported. */
  needs: readonly string[];
  /** Default: everything stays in memory. */
  directory?: string | undefined;
  onProgress: (line: string) => void;
}

export interface OpenedEngine {
  engine: Engine;
  environment: Environment;
}

/**
 * Makes the data environment at first use, a minute or two, and opens the engine on it. Where no
 * package index can be reached, the machine's own Python serves if it has what is needed.
 */
export async function openEngine(options: OpenEngineOptions): Promise<OpenedEngine> {
  const { needs, directory, onProgress } = options;
  const refusal = await prepare(onProgress);
  const packages = refusal === undefined && !process.env.BELLJAR_PYTHON ? 'data' : undefined;
  const engine = await createEngine({
    directory,
    python: { packages },
    onWarning: ({ message }) => onProgress(message),
  });
  try {
    const environment = await probeEnvironment(engine);
    const missing = missingFrom(environment, needs);
    if (missing.length > 0) throw lacking(missing, environment.version, refusal);
    return { engine, environment };
  } catch (error) {
    await engine.close();
    throw BelljarError.isInstance(error) ? new ExampleFailure(error.message) : error;
  }
}

/** Why the environment cannot be made; undefined when it is there, or another was named. */
async function prepare(onProgress: (line: string) => void): Promise<string | undefined> {
  if (process.env.BELLJAR_PYTHON) return undefined;
  try {
    await setupPython({ onProgress });
    return undefined;
  } catch (error) {
    if (!BelljarError.isInstance(error)) throw error;
    return error.message;
  }
}

function missingFrom({ libraries }: Environment, needs: readonly string[]): string[] {
  const names = libraries.map(({ name }) => name);
  return needs.filter((name) => !names.includes(name));
}

function lacking(missing: string[], version: string, refusal: string | undefined): ExampleFailure {
  const what = `Python ${version} has no ${missing.join(' and no ')}`;
  if (refusal === undefined) {
    return new ExampleFailure(`${what}: install them where BELLJAR_PYTHON points, or unset it.`);
  }
  const wayOut = 'set BELLJAR_PYTHON to a Python that has them.';
  return new ExampleFailure(`${what}, and they could not be installed: ${refusal} Or ${wayOut}`);
}
