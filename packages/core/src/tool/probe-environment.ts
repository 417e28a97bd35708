/** What the interpreter of an engine has, as seen from inside a sandbox. */
import type { Engine } from '../engine.js';
import { BelljarError } from '../errors.js';

export interface Library {
  /** The name that is imported, such as `sklearn`. */
  name: string;
  version: string;
}

export interface Environment {
  /** Of the language, such as `3.13.1`. */
  version: string;
  /** Those that data work asks for and that are importable, in the order of their use. */
  libraries: Library[];
}

/** Distribution by the name that is imported. The order is that of the description. */
const DISTRIBUTIONS = {
  numpy: 'numpy',
  pandas: 'pandas',
  matplotlib: 'matplotlib',
  scipy: 'scipy',
  sklearn: 'scikit-learn',
  statsmodels: 'statsmodels',
  seaborn: 'seaborn',
  polars: 'polars',
  pyarrow: 'pyarrow',
  sympy: 'sympy',
  networkx: 'networkx',
  openpyxl: 'openpyxl',
  PIL: 'pillow',
  bs4: 'beautifulsoup4',
  lxml: 'lxml',
  yaml: 'pyyaml',
} as const;

const PROBE = `
import importlib.metadata, importlib.util, json, platform
libraries = []
for name, distribution in json.load(open('distributions.json')).items():
    if importlib.util.find_spec(name) is None:
        continue
    try:
        version = importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        version = ''
    libraries.append({'name': name, 'version': version})
print(json.dumps({'version': platform.python_version(), 'libraries': libraries}))
`;

/**
 * Asks the engine's Python for its version and its data libraries, in a sandbox that leaves
 * nothing. Nothing is imported, so it takes a few milliseconds.
 */
export async function probeEnvironment(engine: Engine): Promise<Environment> {
  const execution = await engine.run({
    language: 'python',
    code: PROBE,
    files: [{ name: 'distributions.json', content: JSON.stringify(DISTRIBUTIONS) }],
  });
  if (execution.status !== 'ok') {
    throw new BelljarError('RUNTIME_UNAVAILABLE', 'The Python interpreter could not be asked.', {
      details: { status: execution.status, error: execution.error?.message },
    });
  }
  return readEnvironment(execution.stdout);
}

/** Reads what a probe printed; it comes from a sandbox, so each value is checked. */
function readEnvironment(stdout: string): Environment {
  const answer: unknown = JSON.parse(stdout);
  const { version, libraries } = answer as Partial<Record<keyof Environment, unknown>>;
  return {
    version: typeof version === 'string' ? version.slice(0, 20) : '',
    libraries: (Array.isArray(libraries) ? libraries : []).filter(isLibrary),
  };
}

function isLibrary(value: unknown): value is Library {
  const { name, version } = (value ?? {}) as Partial<Library>;
  return (
    typeof name === 'string' &&
    Object.hasOwn(DISTRIBUTIONS, name) &&
    typeof version === 'string' &&
    /^[\w.+!-]{0,40}$/.test(version)
  );
}
