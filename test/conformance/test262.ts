/**
 * Runs ECMAScript's own test suite in a sandbox's isolate and in plain Node, and says where the two
 * differ: `npm run exec -- node test/conformance/test262.ts <checkout of tc39/test262> [every nth]`.
 *
 * Each test runs as an execution in an isolate of its own, the harness as executions before it, as
 * code of a sandbox does; in Node, as scripts in a context of its own.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createContext, Script } from 'node:vm';

interface Session {
  execute(request: object, sink: object): Promise<{ error?: { name: string; message: string } }>;
  dispose(): void;
}

interface Test {
  name: string;
  source: string;
  includes: string[];
  flags: string[];
  negative: string | undefined;
}

/** What came of a test: undefined when it passed. */
type Verdict = string | undefined;

const [checkout = '', every = '1'] = process.argv.slice(2);
const FOLDERS = ['test/language', 'test/built-ins'];
const TIMEOUT_MS = 10_000;
/** More than one realm or agent, which neither of the two is given; modules are no executions. */
const NEEDS_MORE = /\$262\.(?:createRealm|agent|AbstractModuleSource|IsHTMLDDA)/;
const PRELUDE = `globalThis.print = (text) => { globalThis.__printed = String(text) };
globalThis.$262 = { global: globalThis, evalScript: (text) => (0, eval)(text), gc() {},
  detachArrayBuffer: (buffer) => { buffer.transfer() } };`;

const core = dirname(createRequire(import.meta.url).resolve('@belljar/core/package.json'));
const program = join(core, 'dist/runtimes/javascript/host/isolate-session.js');
const { createIsolateSession } = (await import(pathToFileURL(program).href)) as {
  createIsolateSession(options: object): Promise<Session>;
};
const workspaceFolder = mkdtempSync(join(tmpdir(), 'belljar-test262-'));
const harness = new Map<string, string>();

function harnessFile(name: string): string {
  const text = harness.get(name) ?? readFileSync(join(checkout, 'harness', name), 'utf8');
  harness.set(name, text);
  return text;
}

const listOf = (head: string, key: string): string[] =>
  (new RegExp(`^${key}: *\\[(.*)\\]`, 'm').exec(head)?.[1] ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

function readTest(name: string): Test {
  const source = readFileSync(join(checkout, name), 'utf8');
  const head = /\/\*---([\s\S]*?)---\*\//.exec(source)?.[1] ?? '';
  const flags = listOf(head, 'flags');
  const negative = /^negative:[\s\S]*?^ +type: *(\w+)/m.exec(head)?.[1];
  const includes = flags.includes('raw')
    ? []
    : ['assert.js', 'sta.js', ...listOf(head, 'includes')];
  if (flags.includes('async')) includes.unshift('doneprintHandle.js');
  return { name, source, includes, flags, negative };
}

function judge(
  test: Test,
  error: { name: string; message: string } | undefined,
  printed: unknown,
): Verdict {
  if (test.negative !== undefined) {
    return error?.name === test.negative ? undefined : `no ${test.negative}: ${error?.name}`;
  }
  if (error) return `${error.name}: ${error.message.split('\n')[0]}`;
  if (!test.flags.includes('async') || printed === 'Test262:AsyncTestComplete') return undefined;
  return String(printed ?? 'never done');
}

const scripts = (test: Test): string[] => [PRELUDE, ...test.includes.map(harnessFile)];
const codeOf = ({ flags, source }: Test): string =>
  flags.includes('onlyStrict') ? `'use strict';\n${source}` : source;

async function runInSandbox(test: Test): Promise<Verdict> {
  const session = await createIsolateSession({
    memoryBytes: 256 * 1_048_576,
    workspaceFolder,
    guestFolder: join(core, 'dist/bundle'),
  });
  const timer = setTimeout(() => session.dispose(), TIMEOUT_MS);
  let printed = '';
  const sink = {
    stdout: (text: string) => {
      printed += text;
    },
    stderr: () => {},
    display: () => {},
  };
  const run = (code: string) =>
    session.execute({ code, clockMs: 1_700_000_000_000, seed: test.name }, sink);
  try {
    for (const script of scripts(test)) {
      const { error } = await run(script);
      if (error) return `harness: ${error.message}`;
    }
    const { error } = await run(codeOf(test));
    await run("process.stdout.write(String(globalThis.__printed ?? 'never done'))");
    return judge(test, error, printed);
  } finally {
    clearTimeout(timer);
    session.dispose();
  }
}

async function runInNode(test: Test): Promise<Verdict> {
  const context = createContext();
  let error: { name: string; message: string } | undefined;
  try {
    for (const script of [...scripts(test), codeOf(test)]) {
      new Script(script).runInContext(context, { timeout: TIMEOUT_MS });
    }
  } catch (thrown) {
    const { name, message } = Object(thrown) as Error;
    error = { name: name ?? 'Thrown', message: String(message) };
  }
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return judge(test, error, (context as { __printed?: string }).__printed);
}

process.on('unhandledRejection', () => {});
const names = FOLDERS.flatMap((folder) =>
  readdirSync(join(checkout, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js') && !name.includes('_FIXTURE'))
    .map((name) => `${folder}/${name}`),
).sort();
const count = { run: 0, skipped: 0, sandbox: 0, node: 0 };
for (let index = 0; index < names.length; index += Number(every)) {
  const test = readTest(names[index] as string);
  if (test.flags.includes('module') || NEEDS_MORE.test(test.source)) {
    count.skipped += 1;
    continue;
  }
  const [sandbox, node] = [await runInSandbox(test), await runInNode(test)];
  count.run += 1;
  if (sandbox === undefined) count.sandbox += 1;
  if (node === undefined) count.node += 1;
  if ((sandbox === undefined) !== (node === undefined)) {
    process.stdout.write(
      `${test.name}\n  sandbox: ${sandbox ?? 'passes'}\n  node: ${node ?? 'passes'}\n`,
    );
  }
}
rmSync(workspaceFolder, { recursive: true });
process.stdout.write(`${JSON.stringify(count)}\n`);
process.exit();
