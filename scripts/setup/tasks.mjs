// The tasks behind the npm scripts, each after the set-up that it needs.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { handleSignals, run } from './child.mjs';
import { installDependencies } from './dependencies.mjs';
import { baseEnvironment, taskEnvironment } from './environment.mjs';
import { withLock } from './lock.mjs';
import { completeLockFile } from './lockfile.mjs';
import { npm } from './npm.mjs';
import { SetupFailure, say, step } from './report.mjs';
import { requireNpm, requirePlatform, requirePython, requireWritable } from './requirements.mjs';
import { findNode } from './toolchain.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = join(root, '.toolchain');

/**
 * @typedef {object} Context
 * @property {string} node
 * @property {NodeJS.ProcessEnv} env
 * @property {string[]} taskArguments
 */

/**
 * @typedef {object} Task
 * @property {'node' | 'dependencies' | 'build'} needs how far the set-up goes
 * @property {boolean} python whether it runs sandboxes
 * @property {(context: Context) => Promise<number>} run
 */

/**
 * @param {Pick<Context, 'node' | 'env'>} context
 * @param {string} path a file of a package in node_modules, run with Node
 * @param {string[]} toolArguments
 */
function tool({ node, env }, path, toolArguments, capture = false) {
  const script = join(root, 'node_modules', path);
  return run(node, [script, ...toolArguments], { cwd: root, env, capture });
}

/** @param {Context} context @param {string} path a built entry @returns {Promise<number>} */
async function entry({ node, env, taskArguments }, path) {
  const outcome = await run(node, [join(root, path), ...taskArguments], { cwd: root, env });
  return outcome.code;
}

/**
 * The example named first, with the arguments that follow; without a name, what there is.
 *
 * @param {Context} context
 * @returns {Promise<number>}
 */
async function example({ taskArguments: [name = '', ...taskArguments], ...context }) {
  const folders = readdirSync(join(root, 'examples'));
  const names = folders.filter((folder) => existsSync(join(root, examplePath(folder))));
  if (names.includes(name)) return entry({ ...context, taskArguments }, examplePath(name));
  say(`name one of the examples: ${names.join(', ')}.`);
  return 2;
}

/** @param {string} name */
function examplePath(name) {
  return `examples/${name}/dist/index.js`;
}

/**
 * Runs a turbo task over all packages; its output is shown when it fails.
 *
 * @param {string} name
 * @param {Pick<Context, 'node' | 'env'>} context
 */
function turbo(name, { node, env }) {
  return step(name, async () => {
    const outcome = await run(
      node,
      [
        join(root, 'node_modules', 'turbo', 'bin', 'turbo'),
        'run',
        name,
        '--output-logs=errors-only',
        '--log-prefix=none',
        '--ui=stream',
      ],
      { cwd: root, env, capture: true },
    );
    if (outcome.code !== 0) {
      const said = outcome.output.replace(/^ {3}• .*\n/gm, '').trim();
      process.stderr.write(`\n${said}\n\n`);
      throw new SetupFailure(`the ${name} failed: what the tools said is above.`);
    }
    const cached = /Cached:\s+(\d+) cached, (\d+) total/.exec(outcome.output);
    return cached ? `${cached[2]} packages, ${cached[1]} from cache` : 'done';
  });
}

/** @param {Context} context */
async function lint(context, { fix = false, capture = false } = {}) {
  const colors = capture && process.stderr.isTTY ? ['--colors=force'] : [];
  const check = ['check', '--error-on-warnings', ...(fix ? ['--write'] : []), ...colors];
  return tool(context, '@biomejs/biome/bin/biome', [...check, ...context.taskArguments], capture);
}

/** @param {Context} context */
function lintStep(context) {
  return step('lint', async () => {
    const { code, output } = await lint(context, { capture: true });
    if (code === 0) return 'clean';
    process.stderr.write(`\n${output.trim()}\n\n`);
    throw new SetupFailure('the lint failed: what Biome said is above, "npm run format" helps.');
  });
}

/**
 * Lint, types, then every test; with arguments (a file, `-t name`) just the tests they name. The
 * closing line counts a failed lint or type check as one failed test each.
 *
 * @param {Context} context
 */
async function test(context) {
  /** @type {string[]} */
  const failedChecks = [];
  if (context.taskArguments.length === 0) {
    await lintStep(context).catch((/** @type {Error} */ error) => {
      say(error.message);
      failedChecks.push('lint');
    });
    await turbo('typecheck', context).catch((/** @type {Error} */ error) => {
      say(error.message);
      failedChecks.push('typecheck');
    });
  }
  const summaryFolder = mkdtempSync(join(tmpdir(), 'belljar-test-'));
  const summaryPath = join(summaryFolder, 'summary.json');
  process.once('exit', () => rmSync(summaryFolder, { recursive: true, force: true }));
  say('tests: vitest');
  const env = { ...context.env, BELLJAR_TEST_SUMMARY: summaryPath };
  const vitest = ['run', ...context.taskArguments];
  const { code } = await tool({ ...context, env }, 'vitest/vitest.mjs', vitest);
  const counts = readCounts(summaryPath, code);
  for (const check of failedChecks) say(`the ${check} failed, counted as a failed test`);
  const failed = counts.failed + failedChecks.length;
  printClosingLine(counts.passed, failed, counts.skipped);
  return code === 0 && failed > 0 ? 1 : code;
}

/**
 * What the reporter counted. A run that ended badly without any failed test failed all the same.
 *
 * @param {string} path
 * @param {number} code vitest's exit code
 * @returns {{ passed: number, failed: number, skipped: number }}
 */
function readCounts(path, code) {
  let counts = { passed: 0, failed: 0, skipped: 0 };
  let reported = false;
  try {
    counts = JSON.parse(readFileSync(path, 'utf8'));
    reported = true;
  } catch {
    say('tests: vitest ended without a report');
  }
  if (counts.failed === 0 && (code !== 0 || !reported)) counts.failed = 1;
  return counts;
}

function printClosingLine(passed = 0, failed = 1, skipped = 0) {
  const tail = skipped > 0 ? `, ${skipped} skipped` : '';
  process.stdout.write(`\n${passed} passed, ${failed} failed${tail}\n`);
}

/** @type {Record<string, Task | undefined>} */
const tasks = {
  build: { needs: 'build', python: false, run: async () => 0 },
  demo: {
    needs: 'build',
    python: true,
    run: (context) => entry(context, examplePath('data-analyst')),
  },
  example: { needs: 'build', python: true, run: example },
  bench: { needs: 'build', python: true, run: (context) => entry(context, 'bench/dist/index.js') },
  test: { needs: 'build', python: true, run: test },
  hosts: {
    needs: 'build',
    python: true,
    run: (context) =>
      test({
        ...context,
        env: { ...context.env, BELLJAR_HOSTS: 'others' },
        taskArguments: [
          'test/hosts/promises.test.ts',
          'test/hosts/interpreters.test.ts',
          '--maxWorkers=1', // each of its runs takes all cores
          ...context.taskArguments,
        ],
      }),
  },
  lint: {
    needs: 'dependencies',
    python: false,
    run: async (context) => (await lint(context)).code,
  },
  format: {
    needs: 'dependencies',
    python: false,
    run: async (context) => (await lint(context, { fix: true })).code,
  },
  typecheck: {
    needs: 'build',
    python: false,
    run: async (context) => {
      await turbo('typecheck', context);
      return 0;
    },
  },
  lock: {
    needs: 'node',
    python: false,
    run: async ({ node, env }) => {
      await step('lock', async (announce) => {
        announce('npm install --package-lock-only');
        const npmArguments = ['install', '--package-lock-only', '--ignore-scripts'];
        const logPath = join(folder, 'npm.log');
        await npm({ doing: 'write the lock', npmArguments, node, cwd: root, logPath, env });
        const added = completeLockFile(join(root, 'package-lock.json'));
        return `done, ${added.length} optional packages added by hand`;
      });
      return 0;
    },
  },
  exec: {
    needs: 'node',
    python: false,
    run: async ({ env, taskArguments: [command = 'node', ...commandArguments] }) => {
      const cwd = env.INIT_CWD ?? process.cwd();
      return (await run(command, commandArguments, { cwd, env })).code;
    },
  },
};

/** @param {Task} task @param {string[]} taskArguments @returns {Promise<Context>} */
async function setUp(task, taskArguments) {
  requirePlatform(process.platform);
  requireWritable(root, folder);
  const base = baseEnvironment(process.env, folder);
  requireNpm(base);
  if (task.python) await requirePython(base, root);
  return withLock(join(folder, 'setup.lock'), async () => {
    /** @type {import('./toolchain.mjs').Toolchain | undefined} */
    let toolchain;
    await step('node', async (announce) => {
      toolchain = await findNode({ folder, env: base, announce });
      return toolchain.version;
    });
    if (toolchain === undefined) throw new Error('no toolchain');
    const found = toolchain;
    const env = taskEnvironment(base, found, root);
    if (task.needs !== 'node') {
      await step('dependencies', (announce) =>
        installDependencies({ root, folder, toolchain: found, env, announce }),
      );
    }
    if (task.needs === 'build') await turbo('build', { node: found.node, env });
    return { node: found.node, env, taskArguments };
  });
}

/** @param {string[]} commandLine the task's name, then its arguments */
export async function main([name = '', ...taskArguments]) {
  handleSignals();
  const task = tasks[name];
  if (task === undefined) {
    say(`no task "${name}": there are ${Object.keys(tasks).join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  try {
    const context = await setUp(task, taskArguments);
    process.exitCode = await task.run(context);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    say(error instanceof SetupFailure ? error.message : (error.stack ?? error.message));
    if (name === 'test' || name === 'hosts') printClosingLine();
    process.exitCode = 1;
  }
}
