/** The page's own files, and what a browser may do with them. */
import { readFile } from 'node:fs/promises';

/**
 * Nothing but the page's own script and style runs, and no script makes markup out of text: what a
 * sandbox printed cannot become part of the page, even where the page has a bug.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** Of every response. */
export const PAGE_HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

interface PageFile {
  content: Buffer;
  contentType: string;
}

/** By the path that a browser asks for. Nothing else of the disk is served. */
const FILES: Readonly<Record<string, readonly [name: string, contentType: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/message-parts.js': ['message-parts.js', 'text/javascript; charset=utf-8'],
  '/show-part.js': ['show-part.js', 'text/javascript; charset=utf-8'],
};

export async function pageFile(path: string): Promise<PageFile | undefined> {
  const [name, contentType] = Object.hasOwn(FILES, path) ? (FILES[path] ?? []) : [];
  if (!name || !contentType) return undefined;
  return { content: await readFile(new URL(`../public/${name}`, import.meta.url)), contentType };
}
