/** `belljar run`: one execution in a sandbox that ends with it. */
import { relative, resolve } from 'node:path';
import { DEFAULT_LIMITS, type Engine, type Execution } from '@belljar/core';
import { formatBytes } from '@belljar/core/tool';
import type { RunFlags } from '../commands/run.js';
import { EXIT } from '../exit-status.js';
import { type Interruption, watchInterruptions } from '../interruption.js';
import { openEngine, type Warning } from '../options/open-engine.js';
import { engineOptionsOf, limitsOf } from '../options/sandbox-options.js';
import { printJson } from '../terminal/json.js';
import { note } from '../terminal/print.js';
import { inputFiles } from './input-files.js';
import { LiveOutput } from './live-output.js';
import { exitStatusOf, sentencesOf, tracebackOf } from './outcome.js';
import { outputFolder } from './output-folder.js';
import { runDocument } from './run-document.js';
import { type Saved, saveResults } from './save-results.js';
import { readSource } from './source.js';

const PATHS_SHOWN = 20;

export async function runCommand(path: string, flags: RunFlags): Promise<number> {
  const { code, language } = await readSource(path, flags.language);
  const files = await inputFiles(flags.file ?? []);
  const folder = flags.save ? await outputFolder(flags.out, flags.overwrite === true) : undefined;
  const timeoutMs = flags.timeout ?? DEFAULT_LIMITS.timeoutMs;
  const warnings: Warning[] = [];

  using interruption = watchInterruptions();
  await using engine = await openEngine(engineOptionsOf(flags), (one) => warnings.push(one));
  const live = flags.json ? undefined : new LiveOutput();
  const execution = await execute(engine, interruption, {
    sandbox: { language, limits: limitsOf(flags) },
    request: { code, files, timeoutMs, ...callbacksOf(live) },
  });
  live?.end(execution.result, tracebackOf(execution));
  const saved = folder && (await interruption.orSecond(saveResults(execution, folder)));

  const exitStatus = finalStatus(execution, interruption, saved);
  if (interruption.failure) note(`CANCELLED: ${interruption.failure.message}`);
  for (const sentence of sentencesOf(execution, timeoutMs)) note(sentence);
  if (saved) tellSaved(saved);
  if (flags.json) printJson(runDocument(execution, { exitStatus, saved, warnings }));
  return exitStatus;
}

interface Work {
  sandbox: Parameters<Engine['createSandbox']>[0];
  request: Exclude<Parameters<Awaited<ReturnType<Engine['createSandbox']>>['execute']>[0], string>;
}

/** In a sandbox and not by `engine.run()`: files beyond one response's limit can still be read. */
async function execute(engine: Engine, interruption: Interruption, work: Work): Promise<Execution> {
  const { signal } = interruption;
  const sandbox = await interruption.orFirst(engine.createSandbox(work.sandbox));
  return interruption.orSecond(sandbox.execute({ ...work.request, signal }));
}

function callbacksOf(live: LiveOutput | undefined): Partial<LiveOutput> {
  if (live === undefined) return {};
  const { onStdout, onStderr, onDisplay } = live;
  return { onStdout, onStderr, onDisplay };
}

/** What was lost on the way to the disk is a failure even where the code ended well. */
function finalStatus(
  execution: Execution,
  interruption: Interruption,
  saved: Saved | undefined,
): number {
  const ofCode = exitStatusOf(execution);
  if (interruption.failure) return interruption.failure.exitStatus;
  const lost = saved?.items.some((item) => item.savedTo === undefined) === true;
  return ofCode === EXIT.ok && lost ? EXIT.hostFailure : ofCode;
}

function tellSaved({ items }: Saved): void {
  for (const { savedTo, sizeBytes, problem, file } of items.slice(0, PATHS_SHOWN)) {
    if (savedTo !== undefined) note(`saved ${shownPath(savedTo)} (${formatBytes(sizeBytes)})`);
    else note(`NOT_SAVED: ${file?.name ?? 'a figure'}: ${problem}`);
  }
  const rest = items.slice(PATHS_SHOWN);
  const failed = rest.filter((item) => item.savedTo === undefined).length;
  if (rest.length > 0) note(`and ${rest.length} more, ${failed} of them not saved`);
}

/** Below the current folder relative, elsewhere absolute. */
function shownPath(path: string): string {
  const short = relative(resolve('.'), path);
  return short.startsWith('..') ? path : short;
}
