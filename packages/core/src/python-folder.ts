/** Where the Python side is: `python/` of this package, wherever a build has put this module. */
export const PYTHON_FOLDER: URL = new URL(
  'python/',
  import.meta.resolve('@belljar/core/package.json'),
);
