/** A web server's log, the same each time, and what is true of it. */

const PATHS = ['/', '/search', '/cart', '/checkout', '/static/app.js'];
const LINES = 5_000;

interface Request {
  path: string;
  status: number;
  milliseconds: number;
}

function* requests(): Generator<Request> {
  let seed = 20_261_124;
  const below = (limit: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * limit);
  };
  for (let index = 0; index < LINES; index += 1) {
    const path = PATHS[below(PATHS.length)] ?? '/';
    const isSlow = path === '/checkout';
    const status = isSlow && below(10) === 0 ? 500 : below(50) === 0 ? 404 : 200;
    yield { path, status, milliseconds: (isSlow ? 300 : 20) + below(200) };
  }
}

const all = [...requests()];

/** One request a line: path, status, milliseconds. */
export const LOG = all
  .map(({ path, status, milliseconds }) => `${path} ${status} ${milliseconds}\n`)
  .join('');

const checkout = all.filter(({ path }) => path === '/checkout');

/** The slowest path is `/checkout`: what a report must say of it. */
export const EXPECTED = {
  requests: checkout.length,
  failures: checkout.filter(({ status }) => status === 500).length,
  'average in milliseconds':
    checkout.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / checkout.length,
};
