/**
 * Turns a program into one whose declarations outlive it, as at an interactive prompt.
 *
 * What it declares at its top level becomes a property of the global object, and functions that were
 * defined earlier see the new value. Lines stay where they are.
 */
import { type Options, type Program, parse } from 'acorn';
import { Edits } from './edits.js';
import { type AnyNode, boundNames, children } from './syntax.js';

/** The name under which rewritten code finds `Helpers`. */
export const HELPERS = '__belljar';

export interface Rewritten {
  /** Defines the functions, before all else. Empty when there are none. */
  functions: string;
  /** An expression: the promise of `[value]`, or of undefined where no expression comes last. */
  main: string;
  /** Names that are declared at the top level. */
  names: string[];
  /** Those that must be there before the code runs. */
  hoisted: string[];
  functionEdits: Edits;
  mainEdits: Edits;
}

const OPTIONS: Options = {
  ecmaVersion: 'latest',
  sourceType: 'script',
  allowAwaitOutsideFunction: true,
  allowImportExportEverywhere: true,
  allowHashBang: true,
};

export function parseProgram(source: string): Program {
  return parse(source, OPTIONS);
}

const LISTS = new Set(['Program', 'BlockStatement', 'SwitchCase', 'StaticBlock']);
const OWN_SCOPE = /Function|^Class/;

class Rewriter {
  readonly #source: string;
  readonly functionEdits: Edits;
  readonly mainEdits: Edits;
  readonly names: string[] = [];
  readonly hoisted: string[] = [];
  #functionsEnd = 0;
  #hasFunctions = false;

  constructor(source: string) {
    this.#source = source;
    this.functionEdits = new Edits(source);
    this.mainEdits = new Edits(source);
  }

  get hasFunctions(): boolean {
    return this.#hasFunctions;
  }

  program(program: Program): void {
    const body = program.body as unknown as AnyNode[];
    const last = body.findLast(({ type }) => type !== 'EmptyStatement');
    const strict = body.some(({ directive }) => directive === 'use strict');
    for (const statement of body) {
      this.#dynamicImports(statement);
      this.#statement(statement, statement === last);
    }
    this.functionEdits.blank(this.#functionsEnd, this.#source.length);
    if (strict) {
      this.hoisted.push(...this.names);
      this.functionEdits.insert(0, "'use strict';");
    }
  }

  #statement(statement: AnyNode, isLast: boolean): void {
    const declared = statement.declaration as AnyNode | null | undefined;
    switch (statement.type) {
      case 'ImportDeclaration':
        this.#import(statement);
        break;
      case 'ExportNamedDeclaration':
        if (statement.source) throw new SyntaxError('`export … from` is not there in a sandbox.');
        this.mainEdits.blank(statement.start, declared ? declared.start : statement.end);
        if (declared) this.#statement(declared, false);
        break;
      case 'ExportDefaultDeclaration':
      case 'ExportAllDeclaration':
        throw new SyntaxError('Nothing is exported from a sandbox: leave `export` out.');
      case 'FunctionDeclaration':
        this.#function(statement);
        break;
      case 'ClassDeclaration':
        this.#class(statement);
        break;
      case 'VariableDeclaration':
        this.#variables(statement, true);
        break;
      case 'ExpressionStatement':
        if (isLast && statement.directive !== 'use strict') this.#value(statement);
        break;
      default:
        this.#nestedVariables(statement, undefined);
    }
  }

  /** `function f() {}` → `f=function  () {};`, in the part that runs first. */
  #function(node: AnyNode): void {
    const id = node.id as AnyNode;
    this.#hasFunctions = true;
    this.names.push(id.name as string);
    this.mainEdits.blank(node.start, node.end);
    this.functionEdits.blank(this.#functionsEnd, node.start);
    this.functionEdits.insert(node.start, `${id.name}=`);
    this.functionEdits.blank(id.start, id.end);
    this.functionEdits.insert(node.end, ';');
    this.#functionsEnd = node.end;
  }

  #class(node: AnyNode): void {
    const { name } = node.id as unknown as { name: string };
    this.names.push(name);
    this.mainEdits.insert(node.start, `;${name}=`);
    this.mainEdits.insert(node.end, ';');
  }

  /** `let a, {b} = c` → `;(a=undefined, {b} = c)`. */
  #variables(node: AnyNode, inList: boolean): void {
    const kind = node.kind as string;
    if (kind.includes('using')) return; // ends with the execution, as a block's would
    const declarators = node.declarations as AnyNode[];
    const names = declarators.flatMap(({ id }) => boundNames(id as AnyNode));
    this.names.push(...names);
    if (kind === 'var') this.hoisted.push(...names);
    this.mainEdits.replace(node.start, node.start + kind.length, inList ? ';(' : '(');
    for (const { init, end } of declarators) {
      if (!init && kind === 'let') this.mainEdits.insert(end, '=undefined');
    }
    const constants =
      kind === 'const' ? `,${HELPERS}.constant(${names.map((name) => `'${name}'`).join()})` : '';
    this.mainEdits.insert((declarators.at(-1) as AnyNode).end, `${constants})`);
  }

  /** `var` in blocks and loops belongs to the whole program. */
  #nestedVariables(node: AnyNode, parent: AnyNode | undefined): void {
    if (OWN_SCOPE.test(node.type)) return;
    if (node.type === 'VariableDeclaration' && node.kind === 'var') {
      if (parent?.init === node || parent?.left === node) this.#loopVariables(node);
      else this.#variables(node, parent === undefined || LISTS.has(parent.type));
      return;
    }
    for (const child of children(node)) this.#nestedVariables(child, node);
  }

  #loopVariables(node: AnyNode): void {
    const declarators = node.declarations as AnyNode[];
    const names = declarators.flatMap(({ id }) => boundNames(id as AnyNode));
    this.names.push(...names);
    this.hoisted.push(...names);
    this.mainEdits.blank(node.start, node.start + 3);
  }

  /** `import a, { b as c } from 'm'` → `;([a,c]=__belljar.take('m',['default','b']));`. */
  #import(node: AnyNode): void {
    const specifiers = node.specifiers as AnyNode[];
    const locals = specifiers.map(({ local }) => (local as AnyNode).name as string);
    const wanted = specifiers.map(({ type, imported }) => {
      if (type === 'ImportDefaultSpecifier') return 'default';
      if (type === 'ImportNamespaceSpecifier') return '*';
      const { name, value } = imported as AnyNode;
      return (name ?? value) as string;
    });
    this.names.push(...locals);
    const from = JSON.stringify((node.source as AnyNode).value);
    const taken = `${HELPERS}.take(${from},${JSON.stringify(wanted)})`;
    this.mainEdits.replace(node.start, node.end, `;([${locals}]=${taken});`);
  }

  #dynamicImports(node: AnyNode): void {
    if (node.type === 'ImportExpression') {
      const edits = this.#isHoisted ? this.functionEdits : this.mainEdits;
      edits.replace(node.start, node.start + 'import'.length, `${HELPERS}.load`);
    }
    const outer = this.#isHoisted;
    if (node.type === 'FunctionDeclaration' && this.#depth === 0) this.#isHoisted = true;
    this.#depth += node.type.startsWith('Export') ? 0 : 1;
    for (const child of children(node)) this.#dynamicImports(child);
    this.#depth -= node.type.startsWith('Export') ? 0 : 1;
    this.#isHoisted = outer;
  }

  #isHoisted = false;
  #depth = 0;

  /** The array keeps a promise from being awaited where nobody asked for it. */
  #value(statement: AnyNode): void {
    const semicolon = this.#source[statement.end - 1] === ';';
    this.mainEdits.insert(statement.start, 'return[(');
    this.mainEdits.insert(semicolon ? statement.end - 1 : statement.end, ')]');
  }
}

export function rewrite(source: string, program: Program): Rewritten {
  const rewriter = new Rewriter(source);
  rewriter.program(program);
  const { functionEdits, mainEdits } = rewriter;
  const functions = functionEdits.apply();
  return {
    functions: rewriter.hasFunctions ? functions : '',
    main: mainEdits.apply(),
    names: rewriter.names,
    hoisted: rewriter.hoisted,
    functionEdits,
    mainEdits,
  };
}
