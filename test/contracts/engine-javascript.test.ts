import { useEngines, withoutJail } from '../helpers/test-engine.js';
import type { EngineCapabilities } from './engine-capabilities.js';
import { describeEngine } from './engine-contract.js';

const open = useEngines();
const text = JSON.stringify;

const javascript: EngineCapabilities = {
  language: 'javascript',
  shell: false,
  programs: {
    define: 'let x = 41',
    increment: 'x += 1\nx',
    lookUp: 'x',
    print: (line) => `console.log(${text(line)})`,
    raise: (message) => `throw new RangeError(${text(message)})`,
    writeFile: (name, content) => `fs.writeFileSync(${text(name)}, ${text(content)})`,
    readFile: (name) => `process.stdout.write(fs.readFileSync(${text(name)}, 'utf8'))`,
    removeFile: (name) => `fs.rmSync(${text(name)})`,
    display: (shown) => `display(${text(shown)})`,
    forever: "console.log('running')\nwhile (true) {}",
    // No code ends its own process: what does is a bug of V8's, and its memory.
    crash: undefined,
  },
};

describeEngine('local, JavaScript', () => open({ onWarning: () => {} }), javascript);
describeEngine('local, JavaScript at level process', () => open(withoutJail), javascript);
