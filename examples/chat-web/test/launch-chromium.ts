import { access, constants } from 'node:fs/promises';
import { type Browser, chromium } from 'playwright-core';

/** Starts it; throws a sentence where there is none. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
  const isThere = await access(executablePath, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isThere) throw new Error(`no ${executablePath}: install Debian's chromium or set CHROMIUM`);
  return chromium.launch({
    executablePath,
    headless: true,
    // Chromium refuses a sandbox of its own to root. The page under test is the example's.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
