import { describe, expect, it } from 'vitest';
import { parseProgram, rewrite } from './rewrite.js';

const rewritten = (source: string) => rewrite(source, parseProgram(source));
const main = (source: string) => rewritten(source).main.trim();

describe('rewrite', () => {
  it('makes declarations assignments to the global object', () => {
    expect(main('let a = 1, b')).toBe(';( a = 1, b=undefined)');
    expect(main('var a, b = 2')).toBe(';( a, b = 2)');
    expect(main('let { a, b: [c], ...d } = e')).toBe(';( { a, b: [c], ...d } = e)');
    expect(main('class A extends B {}')).toBe(';A=class A extends B {};');
    expect(rewritten('let { a, b: [c], ...d } = e').names).toEqual(['a', 'c', 'd']);
  });

  it('has constants defined after they have their value', () => {
    expect(main('const a = 1, b = 2')).toBe(";( a = 1, b = 2,__belljar.constant('a','b'))");
  });

  it('puts functions first, so that they may be called before they are declared', () => {
    const { functions, main: rest } = rewritten('f()\nasync function f(a) {}\nfunction* g() {}');
    expect(functions.trim()).toBe('f=async function  (a) {};\ng=function*  () {};');
    expect(rest).toBe('f()\n                      \n                ');
  });

  it('keeps functions strict where the program is', () => {
    const { functions, hoisted } = rewritten("'use strict'\nfunction f() {}");
    expect(functions).toBe("'use strict';            \nf=function  () {};");
    expect(hoisted).toEqual(['f']);
  });

  it('leaves what belongs to a block there, and takes `var` out of it', () => {
    expect(main('{ let a = 1; const b = 2; class C {} }')).toBe(
      '{ let a = 1; const b = 2; class C {} }',
    );
    expect(main('if (a) { var b = 1 } else var c = 2')).toBe('if (a) { ;( b = 1) } else ( c = 2)');
    expect(main('for (var i = 0, n; ;) {}')).toBe('for (    i = 0, n; ;) {}');
    expect(main('for (var { a } of b) {}')).toBe('for (    { a } of b) {}');
    expect(main('(() => { var a = 1 })')).toBe('return[((() => { var a = 1 }))]');
    expect(rewritten('for (var { a } of b) var c').hoisted).toEqual(['a', 'c']);
  });

  it('does not let a declaration become the argument of the line before it', () => {
    expect(main('f\nlet a = 1')).toBe('f\n;( a = 1)');
    expect(main('f\nclass A {}')).toBe('f\n;A=class A {};');
  });

  it('returns the value of the last expression, and of no other', () => {
    expect(main('1; 2 ;')).toBe('1; return[(2 )];');
    expect(main('a, b // c')).toBe('return[(a, b)] // c');
    expect(main("'text'")).toBe("return[('text')]");
    expect(main("'use strict'")).toBe("'use strict'");
    expect(main('if (a) b')).toBe('if (a) b');
  });

  it('takes modules from the helpers', () => {
    expect(main("import a, { b as c } from 'm'")).toBe(
      ';([a,c]=__belljar.take("m",["default","b"]));',
    );
    expect(main("import * as a from 'm'\nimport 'n'")).toBe(
      ';([a]=__belljar.take("m",["*"]));\n;([]=__belljar.take("n",[]));',
    );
    expect(main("await import('m')")).toBe("return[(await __belljar.load('m'))]");
    expect(rewritten("function f() { return import('m') }").functions).toContain(
      "return __belljar.load('m')",
    );
    expect(main('export const a = 1')).toBe(";( a = 1,__belljar.constant('a'))");
    expect(() => main('export default 1')).toThrow('leave `export` out');
  });

  it('keeps lines, and tells columns of the source', () => {
    const source = 'const first = 1\nclass A {} ; let b = x';
    const { main: text, mainEdits } = rewritten(source);
    const lines = text.split('\n');
    expect(lines).toHaveLength(2);
    const column = (lines[1] as string).indexOf('x') + 1;
    expect(mainEdits.column(2, column)).toBe('class A {} ; let b = x'.length);
  });
});
