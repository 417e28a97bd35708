/** Paths as models write them, brought to paths in the workspace. */

/** Where Python sandboxes see their workspace; models learn it from `os.getcwd()`. */
const WORKSPACE = '/workspace';

/**
 * `./a.csv`, `/workspace/a.csv` and `a.csv` are the same file; so are `''`, `.`, `/workspace` and `/`
 * the same folder. What else is wrong with a path is said by the sandbox.
 */
export function workspacePath(path: string): string {
  const trimmed = path.trim();
  const isBelow = trimmed.startsWith(`${WORKSPACE}/`);
  const rest = trimmed === WORKSPACE || trimmed === '/' ? '.' : trimmed;
  const segments = (isBelow ? rest.slice(WORKSPACE.length + 1) : rest).split('/');
  while (segments[0] === '.' || (isBelow && segments[0] === '')) segments.shift();
  while (segments.length > 1 && segments.at(-1) === '') segments.pop();
  return segments.join('/');
}
