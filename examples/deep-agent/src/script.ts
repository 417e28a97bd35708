/** The model that drives without a key: fixed files and commands, a report made from what it reads. */
import type { Script } from '@belljar/example-shared/script';

const PROGRAM = `import collections

paths = collections.defaultdict(list)
for line in open("access.log"):
    path, status, milliseconds = line.split()
    paths[path].append((int(status), int(milliseconds)))
for path, seen in paths.items():
    average = sum(m for _, m in seen) / len(seen)
    failures = sum(s == 500 for s, _ in seen)
    print(f"{path}: {len(seen)} requests, {failures} failures, {average:.2f} ms on average")
`;

export const script: Script = ({ results }) => {
  const last = results.at(-1) ?? '';
  switch (results.length) {
    case 0:
      return { call: 'read_file', input: { file_path: '/access.log', limit: 5 } };
    case 1:
      return { call: 'write_file', input: { file_path: '/analyse.py', content: PROGRAM } };
    case 2:
      return { call: 'execute', input: { command: 'python3 analyse.py' } };
    case 3:
      return { call: 'write_file', input: { file_path: '/report.md', content: reportOn(last) } };
    default:
      return { say: 'The report is in /report.md.' };
  }
};

function reportOn(output: string): string {
  const lines = [...output.matchAll(/^(\S+): (.*), ([\d.]+) ms on average$/gm)];
  const slowest = lines.toSorted((a, b) => Number(b[3]) - Number(a[3]))[0];
  if (!slowest) return `The program did not run:\n${output}\n`;
  const [, path, counts, average] = slowest;
  return `# Slowest path\n\n${path}: ${counts}, ${average} ms on average.\n`;
}
