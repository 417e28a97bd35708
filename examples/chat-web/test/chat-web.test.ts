/** The page in a real browser, and the server behind it without one. */
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { UIMessage } from 'ai';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requires } from '../../../test/helpers/requires.js';
import { PROPOSALS } from '../src/script.js';
import { launchChromium } from './launch-chromium.js';
import { HOSTILE, startTestServer, type TestServer } from './start-test-server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
}, 300_000);
afterAll(() => server[Symbol.asyncDispose]());

interface Chunk {
  type: string;
  [name: string]: unknown;
}

function ask(conversation: string, text: string, signal?: AbortSignal): Promise<Response> {
  return fetch(`${server.url}/api/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ conversation, text }),
    signal: signal ?? null,
  });
}

async function* chunksOf({ body }: Response): AsyncGenerator<Chunk> {
  let rest = '';
  for await (const text of (body as ReadableStream<Uint8Array>).pipeThrough(
    new TextDecoderStream(),
  )) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('data: {')) yield JSON.parse(line.slice(6));
  }
}

async function messagesOf(conversation: string, url = server.url): Promise<UIMessage[]> {
  const response = await fetch(`${url}/api/conversation?id=${conversation}`);
  return ((await response.json()) as { messages: UIMessage[] }).messages;
}

describe('the server', () => {
  it('lets a browser run nothing but the script and the style of the page', async () => {
    for (const path of ['/', '/page.js', '/nothing', '/api/conversation']) {
      const { headers } = await fetch(server.url + path);
      const policy = headers.get('content-security-policy')?.split('; ');
      expect(policy, path).toEqual(
        expect.arrayContaining([
          "default-src 'none'",
          "script-src 'self'",
          'img-src data:',
          "require-trusted-types-for 'script'",
        ]),
      );
      expect(policy?.join(), path).not.toMatch(/unsafe|\*/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
    const page = await (await fetch(server.url)).text();
    expect(page).not.toMatch(/<style|\son\w+=|<script(?![^>]* src="\/)/);
  });

  it.each([
    ['GET', '/../package.json', {}, '', 404],
    ['GET', '/src/index.ts', {}, '', 404],
    ['GET', '/api/conversation?id=../../x', {}, '', 400],
    ['GET', '/', { host: 'evil.example' }, '', 403],
    ['POST', '/api/chat', { 'content-type': 'text/plain' }, '{}', 415],
    ['POST', '/api/chat', { 'content-type': 'application/json' }, '{', 400],
    ['POST', '/api/chat', { 'content-type': 'application/json' }, '{"text":"a"}', 400],
  ])('refuses %s %s with %j and %j', async (method, path, headers, body, status) => {
    const { hostname, port } = new URL(server.url);
    const answered = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request({ hostname, port, path, method, headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on('error', reject).end(body);
    });
    expect(answered).toBe(status);
  });

  it('streams code, its output, a chart and the answer, and knows them after a restart', async () => {
    const conversation = randomUUID();
    const chunks: Chunk[] = [];
    for await (const chunk of chunksOf(await ask(conversation, PROPOSALS[0]))) chunks.push(chunk);
    const types = chunks.map(({ type }) => type);
    const code = types.indexOf('tool-input-available');
    const output = types.lastIndexOf('tool-output-available');
    expect(chunks[code]?.input).toMatchObject({ code: expect.stringContaining('Counter()') });
    expect(chunks[output]?.output).toMatchObject({
      status: 'ok',
      text: expect.stringContaining('10,000 rolls, the mean is'),
      images: [{ mediaType: 'image/png', data: expect.stringMatching(/^iVBORw0KGgo/) }],
    });
    const words = chunks.filter(({ type }) => type === 'text-delta').map(({ delta }) => delta);
    expect(words.length).toBeGreaterThan(5);
    expect(words.join('')).toMatch(/^The mean of 10,000 rolls is [67]\.\d+\./);
    expect([code, output, types.indexOf('text-start')]).toEqual(
      [code, output, types.indexOf('text-start')].toSorted((a, b) => a - b),
    );

    await using again = await server.startAgain();
    const kept = await messagesOf(conversation, again.url);
    expect(kept.map(({ role, parts }) => [role, ...parts.map(({ type }) => type)])).toEqual([
      ['user', 'text'],
      ['assistant', 'step-start', 'tool-execute_code', 'step-start', 'text'],
    ]);
    expect(await messagesOf(randomUUID(), again.url)).toEqual([]);
  });

  it('ends the code when the page leaves, and the conversation goes on', async () => {
    const conversation = randomUUID();
    const leaving = new AbortController();
    const reading = async () => {
      const response = await ask(conversation, 'endless', leaving.signal);
      for await (const { preliminary, output } of chunksOf(response)) {
        if (!preliminary || !JSON.stringify(output).includes('it has begun')) continue;
        expect((await ask(conversation, PROPOSALS[1])).status).toBe(409);
        leaving.abort();
      }
    };
    await expect(reading()).rejects.toThrow(/abort/);
    expect(await messagesOf(conversation)).toMatchObject([
      { role: 'user', parts: [{ text: 'endless' }] },
    ]);
    const next = await ask(conversation, PROPOSALS[1]);
    expect(await next.text()).toContain('There ');
    expect(await messagesOf(conversation)).toHaveLength(3);
  });
});

let browser: Browser | undefined;
afterAll(() => browser?.close());
const withChromium = await requires(
  'Chromium',
  async () => {
    browser = await launchChromium();
    return true as const;
  },
  { optional: 'a browser is no part of what the project needs; the README says how to get one' },
);

/** A page of its own profile, and what went wrong in it. */
async function openPage(): Promise<{ page: Page; complaints: string[] }> {
  if (!browser) throw new Error('no browser');
  const page = await browser.newPage({ viewport: { width: 1000, height: 1400 } });
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(server.url);
  await page.getByText('Model: scripted for the test').waitFor();
  return { page, complaints };
}

const saveScreenshot = (page: Page, name: string) =>
  page.screenshot({ path: fileURLToPath(new URL(`../out/${name}.png`, import.meta.url)) });

async function askOnPage(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Question' }).fill(text);
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
}

describe('the page', () => {
  withChromium('shows code, output, chart and answer, and goes on after a reload', async () => {
    const { page, complaints } = await openPage();
    await askOnPage(page, PROPOSALS[0]);
    const answer = page.getByRole('article', { name: 'Answer' });
    await answer.getByText(/The mean of 10,000 rolls is [67]\.\d+\. The chart shows/).waitFor();
    const call = answer.getByRole('region', { name: 'Code that was run' });
    expect(await call.locator('.code pre').textContent()).toContain('counts = Counter()');
    expect(await call.locator('.output pre').textContent()).toContain('10,000 rolls, the mean is');
    const chart = call.getByRole('img', { name: 'Chart that the code drew' });
    const width = await chart.evaluate(async (image) => {
      const drawn = image as unknown as { decode(): Promise<void>; naturalWidth: number };
      await drawn.decode();
      return drawn.naturalWidth;
    });
    expect(width).toBeGreaterThan(300);
    await saveScreenshot(page, 'answer');

    await page.reload();
    await chart.waitFor();
    await page.getByRole('button', { name: PROPOSALS[1] }).click();
    await page.getByText(/The sum [678] came up most often: [\d,]+ times\./).waitFor();
    expect(await page.getByRole('article', { name: 'You' }).count()).toBe(2);
    await page.emulateMedia({ colorScheme: 'dark' });
    await saveScreenshot(page, 'after-reload-dark');

    await page.getByRole('button', { name: 'New conversation' }).click();
    await page.waitForFunction('document.querySelectorAll("article").length === 0');
    await page.getByRole('button', { name: PROPOSALS[1] }).click();
    await page.getByText('There are no rolls yet.').waitFor();
    await page.setViewportSize({ width: 390, height: 800 });
    await saveScreenshot(page, 'narrow');
    expect(complaints).toEqual([]);
  });

  withChromium('shows what was said before a stop, and that it was stopped', async () => {
    const { page } = await openPage();
    await askOnPage(page, 'endless');
    await page.getByText('it has begun').last().waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('status').getByText('Stopped.').waitFor();
    await page.getByText('Not finished; what it changed is undone').waitFor();
    await page.getByText('it has begun').last().waitFor();
    expect(await page.locator('[aria-busy=true]').count()).toBe(0);
  });

  withChromium('shows markup from the sandbox and the model as text', async () => {
    const { page, complaints } = await openPage();
    await askOnPage(page, 'hostile');
    const answer = page.getByRole('article', { name: 'Answer' });
    await answer.locator('.text').getByText('status: error').waitFor();
    for (const place of ['.output pre', '.files bdi', '.text']) {
      expect(await answer.locator(place).textContent(), place).toContain(HOSTILE);
    }
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect(await page.title()).toBe('Belljar chat');
    await saveScreenshot(page, 'hostile');
    expect(complaints).toEqual([]);

    // The second layer: a page that made markup of it would be stopped by its policy.
    const making = page.evaluate(`document.body.innerHTML = ${JSON.stringify(HOSTILE)}`);
    await expect(making).rejects.toThrow('TrustedHTML');
  });
});
