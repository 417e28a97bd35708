/** `URL` and `URLSearchParams`. A script of its own, which runs when the code first asks for one. */
import { URL, URLSearchParams } from 'whatwg-url';

type Inspect = (value: unknown, options: object) => string;

const SHOWN = [
  'href',
  'origin',
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'searchParams',
  'hash',
] as const;

function showAs(
  prototype: object,
  show: (value: never, options: object, inspect: Inspect) => string,
): void {
  Object.defineProperty(prototype, Symbol.for('nodejs.util.inspect.custom'), {
    value(this: never, _depth: number, options: object, inspect: Inspect) {
      return show(this, options, inspect);
    },
    writable: true,
    configurable: true,
  });
}

showAs(URL.prototype, (url: URL, options, inspect) => {
  const members = Object.fromEntries(SHOWN.map((name) => [name, url[name]]));
  return `URL ${inspect(members, options)}`;
});
showAs(URLSearchParams.prototype, (params: URLSearchParams, options, inspect) => {
  const shown = inspect(new Map(params), options);
  return `URLSearchParams ${shown.slice(shown.indexOf('{'))}`;
});

export { URL, URLSearchParams };
