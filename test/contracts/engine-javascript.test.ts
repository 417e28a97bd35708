import { useEngines } from '../helpers/test-engine.js';
import { describeEngine } from './engine-contract.js';

const open = useEngines();
const text = JSON.stringify;

describeEngine(
  'local, JavaScript at level process',
  () => open({ minimumIsolation: 'process', onWarning: () => {} }),
  {
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
      crash: 'process.abort()',
    },
  },
);
