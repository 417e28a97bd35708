import { useDirectories } from '../helpers/sqlite-stores.js';
import { useEngines } from '../helpers/test-engine.js';
import type { EngineCapabilities } from './engine-capabilities.js';
import { describeEngine } from './engine-contract.js';

const open = useEngines();
const makeDirectory = useDirectories();
const text = JSON.stringify;

const python: EngineCapabilities = {
  language: 'python',
  shell: true,
  programs: {
    define: 'x = 41',
    increment: 'x += 1\nx',
    lookUp: 'x',
    print: (line) => `print(${text(line)})`,
    raise: (message) => `raise ValueError(${text(message)})`,
    writeFile: (name, content) => `open(${text(name)}, 'w').write(${text(content)});`,
    readFile: (name) => `print(open(${text(name)}).read(), end='')`,
    removeFile: (name) => `import os; os.remove(${text(name)})`,
    display: (shown) => `display(${text(shown)})`,
    forever: "print('running', flush=True)\nwhile True: pass",
    crash: 'import os; os._exit(3)',
  },
};

describeEngine('local, Python', open, python);
describeEngine(
  'local, Python, in a directory',
  () => open({ directory: makeDirectory(), onWarning: () => {} }),
  python,
);
