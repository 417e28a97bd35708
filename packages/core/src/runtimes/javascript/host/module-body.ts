/** A module's text as the body of a function of `exports`, `require` and `module`. */
export function moduleBody(text: string): string {
  return text;
}
