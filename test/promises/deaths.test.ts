/**
 * Each way to die, what an execution says of it, and that the sandbox has its state afterwards. The
 * tables of docs/failures.md are made from what happens here: `BELLJAR_WRITE_DOCS=1` writes them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Execution, Sandbox } from '@belljar/core';
import { expect, it } from 'vitest';
import { describeAt } from '../helpers/level.js';
import { plainPython, useEngines } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';
import { type Death, deaths } from './deaths.js';

const PAGE = fileURLToPath(new URL('../../docs/failures.md', import.meta.url));
const BEGIN = '<!-- table: python -->\n';
const END = '<!-- end -->\n';
const MIB = 1024 * 1024;

const open = useEngines();
const limits = {
  memoryBytes: 256 * MIB,
  workspaceBytes: 64 * MIB,
  workspaceFiles: 500,
  processes: 16,
};

const BEFORE = `
import os, time
kept = [1, 2, 3]
running = (n for n in range(9))
next(running)
open('kept.txt', 'w').write('kept')`;
const DURING = `kept.append(4); next(running); open('kept.txt', 'w').write('changed')\n`;
const LOOK = 'kept, next(running), open("kept.txt").read()';
const UNDONE = "([1, 2, 3], 1, 'kept')";
const KEPT = "([1, 2, 3, 4], 2, 'changed')";

interface Row {
  death: Death;
  execution: Execution;
  recoveryMs: number;
  state: string;
}

const rows: Row[] = [];

async function die(sandbox: Sandbox, death: Death): Promise<Row> {
  const { code, timeoutMs } = death;
  const execution = await sandbox.execute({ code: DURING + code, timeoutMs });
  const ended = performance.now();
  const looked = await sandbox.execute(LOOK);
  const recoveryMs = performance.now() - ended;
  return { death, execution, recoveryMs, state: String(looked.result?.['text/plain']) };
}

function line({ death, execution }: Row): string {
  const { status, rolledBack, savepoint } = execution;
  const how = rolledBack ? `yes, by ${savepoint.kind}` : 'no: an ordinary result';
  return `| ${death.name} | \`${status}\` | ${how} | yes |`;
}

function withTable(page: string): string {
  const [before = '', rest = ''] = page.split(BEGIN);
  const after = rest.slice(rest.indexOf(END));
  const times = rows.filter(({ execution }) => execution.rolledBack).map((row) => row.recoveryMs);
  times.sort((a, b) => a - b);
  const head =
    '| what the code does | `status` | rolled back | state intact |\n| --- | --- | --- | --- |';
  const said = `Time to the next answer after what was rolled back: median ${times[times.length >> 1]?.toFixed(0)} ms, most ${times.at(-1)?.toFixed(0)} ms (${availableParallelism()} cores, other tests beside it).`;
  return `${before}${BEGIN}${head}\n${rows.map(line).join('\n')}\n\n${said}\n${after}`;
}

describeAt('namespaces', 'a Python sandbox', () => {
  for (const death of deaths.python ?? []) {
    verifies('execution.transaction', `outlives: ${death.name}`, async () => {
      engine ??= open({ python: plainPython, limits });
      const sandbox = await (await engine).createSandbox();
      await sandbox.execute(BEFORE);
      const row = await die(sandbox, death);
      rows.push(row);
      const { execution, state } = row;
      const isUndone = death.status !== 'error' && death.status !== 'ok';
      expect(execution).toMatchObject({ status: death.status, rolledBack: isUndone });
      expect(state).toBe(isUndone ? UNDONE : KEPT);
      await (await engine).deleteSandbox(sandbox.id);
    });
  }

  it('is told of in the docs', () => {
    const page = readFileSync(PAGE, 'utf8');
    const wanted = rows.map(line);
    if (process.env.BELLJAR_WRITE_DOCS) writeFileSync(PAGE, withTable(page));
    else expect(page.split('\n').filter((one) => wanted.includes(one))).toEqual(wanted);
  });
});

let engine: ReturnType<typeof open> | undefined;
