import { useEngines } from '../helpers/test-engine.js';
import { describeEngine } from './engine-contract.js';

const open = useEngines();
const text = JSON.stringify;

describeEngine('local, Python', open, {
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
});
