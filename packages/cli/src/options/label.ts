import { InvalidArgumentError } from 'commander';

/** `team=a`; given again for more labels. The value may have `=` and may be empty. */
export function parseLabel(
  text: string,
  earlier: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError('Give name=value, such as team=a.');
  }
  if (Object.hasOwn(earlier, name) && earlier[name] !== value) {
    throw new InvalidArgumentError(`The label '${name}' has two values.`);
  }
  return { ...earlier, [name]: value };
}
