/** Runs code in a sandbox, shows what it prints, and saves what it made. */
import { relative, resolve } from 'node:path';
import type { Engine, EngineOptions, ExecuteOptions, Execution, Sandbox } from '@belljar/core';
import { formatBytes } from '@belljar/core/tool';
import { EXIT } from '../exit-status.js';
import { type Interruption, watchInterruptions } from '../interruption.js';
import type { CodeFlags } from '../options/code-options.js';
import { openEngine, type Warning } from '../options/open-engine.js';
import { printJson } from '../terminal/json.js';
import { note } from '../terminal/print.js';
import { inputFiles } from './input-files.js';
import { LiveOutput } from './live-output.js';
import { exitStatusOf, sentencesOf, tracebackOf } from './outcome.js';
import { outputFolder } from './output-folder.js';
import { runDocument } from './run-document.js';
import { type Saved, saveResults } from './save-results.js';
import { readCode } from './source.js';

const PATHS_SHOWN = 20;

/** What is wrong with code, files or folder is said before an engine is opened. */
export async function runCode(
  path: string,
  flags: CodeFlags & { executionId?: string },
  options: EngineOptions,
  open: (engine: Engine) => Promise<Sandbox>,
): Promise<number> {
  const code = await readCode(path);
  const files = await inputFiles(flags.file ?? []);
  const folder = flags.save ? await outputFolder(flags.out, flags.overwrite === true) : undefined;
  const warnings: Warning[] = [];

  using interruption = watchInterruptions();
  await using engine = await openEngine(options, (one) => warnings.push(one));
  const sandbox = await interruption.orFirst(open(engine));
  const live = flags.json ? undefined : new LiveOutput();
  const { signal } = interruption;
  const { timeout, executionId } = flags;
  const request = { code, files, timeoutMs: timeout, executionId, signal, ...callbacksOf(live) };
  const execution = await interruption.orSecond(sandbox.execute(request));
  live?.end(execution, tracebackOf(execution));
  const saved = folder && (await interruption.orSecond(saveResults(execution, folder)));

  const exitStatus = finalStatus(execution, interruption, saved);
  if (interruption.failure) note(`CANCELLED: ${interruption.failure.message}`);
  const timeoutMs = timeout ?? sandbox.info.limits.timeoutMs;
  for (const sentence of sentencesOf(execution, timeoutMs)) note(sentence);
  if (saved) tellSaved(saved);
  if (flags.json) printJson(runDocument(execution, { exitStatus, saved, warnings }));
  return exitStatus;
}

function callbacksOf(live: LiveOutput | undefined): Partial<ExecuteOptions> {
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
