import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface InstalledPackage {
  name: string;
  version: string;
}

/** The packages of an environment by the folders that installers leave beside them, sorted. */
export async function installedPackages(folder: string): Promise<InstalledPackage[]> {
  const packages: InstalledPackage[] = [];
  for (const version of await readdir(join(folder, 'lib'))) {
    for (const entry of await readdir(join(folder, 'lib', version, 'site-packages'))) {
      const match = /^(.+)-([^-]+)\.dist-info$/.exec(entry);
      if (!match?.[1] || !match[2]) continue;
      const name = match[1].toLowerCase().replaceAll(/[-_.]+/g, '-');
      packages.push({ name, version: match[2] });
    }
  }
  return packages.sort((a, b) => (a.name < b.name ? -1 : 1));
}
