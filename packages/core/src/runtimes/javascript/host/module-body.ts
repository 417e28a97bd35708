/**
 * A module that the engine was given, as the body of a function of `exports`, `require`, `module` and
 * `take`. What is CommonJS stays as it is; of an ECMAScript module the imports and exports are
 * rewritten. Lines stay where they are.
 */
import { type Options, parse } from 'acorn';
import { Edits } from './edits.js';
import { type AnyNode, boundNames, children } from './syntax.js';

/** What the guest gives the function: members of a module by their names, `*` for all. */
const TAKE = '__take';
const DEFAULT = '__default';

const OPTIONS: Options = {
  ecmaVersion: 'latest',
  allowHashBang: true,
  allowReturnOutsideFunction: true,
};

const nameOf = (node: unknown): string => {
  const { name, value } = node as { name?: string; value?: string };
  return (name ?? value) as string;
};

const getter = (name: string, expression: string): string =>
  `Object.defineProperty(exports,${JSON.stringify(name)},{enumerable:true,get:()=>${expression}});`;

class ModuleRewriter {
  readonly #edits: Edits;
  /** Before all else: what is exported may be asked for while modules load each other. */
  #exports = '';
  #imports = '';
  #count = 0;

  constructor(source: string) {
    this.#edits = new Edits(source);
  }

  body(statements: AnyNode[]): string {
    for (const statement of statements) {
      this.#statement(statement);
      this.#dynamic(statement);
    }
    const head =
      "'use strict';Object.defineProperty(exports,'__esModule',{value:true});" +
      `let ${DEFAULT};${this.#exports}${this.#imports}`;
    return head + this.#edits.apply();
  }

  #statement(node: AnyNode): void {
    const declared = node.declaration as AnyNode | null | undefined;
    switch (node.type) {
      case 'ImportDeclaration':
        this.#edits.blank(node.start, node.end);
        this.#import(node);
        break;
      case 'ExportAllDeclaration':
        this.#edits.blank(node.start, node.end);
        this.#exportAll(node);
        break;
      case 'ExportNamedDeclaration':
        this.#edits.blank(node.start, declared ? declared.start : node.end);
        if (declared) this.#exportDeclared(declared);
        else this.#exportNames(node);
        break;
      case 'ExportDefaultDeclaration':
        this.#exportDefault(node, declared as AnyNode);
        break;
      default:
    }
  }

  /** A name for all members of another module. */
  #namespace(node: AnyNode): string {
    const from = JSON.stringify((node.source as AnyNode).value);
    this.#count += 1;
    const name = `__module${this.#count}`;
    this.#imports += `const ${name}=${TAKE}(${from},['*'])[0];`;
    return name;
  }

  #import(node: AnyNode): void {
    const specifiers = node.specifiers as AnyNode[];
    const wanted = specifiers.map(({ type, imported }) => {
      if (type === 'ImportDefaultSpecifier') return 'default';
      return type === 'ImportNamespaceSpecifier' ? '*' : nameOf(imported);
    });
    const locals = specifiers.map(({ local }) => nameOf(local));
    const from = JSON.stringify((node.source as AnyNode).value);
    this.#imports += `const [${locals}]=${TAKE}(${from},${JSON.stringify(wanted)});`;
  }

  #exportDeclared(declared: AnyNode): void {
    const names =
      declared.type === 'VariableDeclaration'
        ? (declared.declarations as AnyNode[]).flatMap(({ id }) => boundNames(id as AnyNode))
        : [nameOf(declared.id)];
    for (const name of names) this.#exports += getter(name, name);
  }

  #exportNames(node: AnyNode): void {
    const module = node.source ? this.#namespace(node) : undefined;
    for (const { local, exported } of node.specifiers as AnyNode[]) {
      const name = nameOf(local);
      this.#exports += getter(
        nameOf(exported),
        module ? `${module}[${JSON.stringify(name)}]` : name,
      );
    }
  }

  #exportAll(node: AnyNode): void {
    const module = this.#namespace(node);
    if (node.exported) {
      this.#exports += getter(nameOf(node.exported), module);
      return;
    }
    const define = '{enumerable:true,get:()=>module[name]}';
    this.#imports +=
      `(module=>{for(const name of Object.keys(module))if(name!=='default'&&!(name in exports))` +
      `Object.defineProperty(exports,name,${define})})(${module});`;
  }

  #exportDefault(node: AnyNode, declared: AnyNode): void {
    const hasName = declared.type.endsWith('Declaration') && declared.id;
    if (hasName) this.#edits.blank(node.start, declared.start);
    else {
      this.#edits.replace(node.start, declared.start, `;${DEFAULT}=`);
      if (declared.type.endsWith('Declaration')) this.#edits.insert(declared.end, ';');
    }
    this.#exports += getter('default', hasName ? nameOf(declared.id) : DEFAULT);
  }

  #dynamic(node: AnyNode): void {
    if (node.type === 'ImportExpression') {
      this.#edits.replace(node.start, node.start + 'import'.length, `${TAKE}.load`);
    }
    if (node.type === 'MetaProperty' && nameOf(node.meta) === 'import') {
      this.#edits.replace(node.start, node.end, '({})');
    }
    for (const child of children(node)) this.#dynamic(child);
  }
}

/** Of a text that is neither, a body that says so when it is loaded. */
export function moduleBody(name: string, text: string): string {
  try {
    return bodyOf(text);
  } catch (error) {
    const said = `The module '${name}' cannot be read: ${(error as Error).message}`;
    return `throw new SyntaxError(${JSON.stringify(said)});`;
  }
}

function bodyOf(text: string): string {
  const source = text.startsWith('#!') ? `//${text.slice(2)}` : text;
  try {
    parse(source, { ...OPTIONS, sourceType: 'script' });
    return source;
  } catch {
    const { body } = parse(source, { ...OPTIONS, sourceType: 'module' });
    return new ModuleRewriter(source).body(body as unknown as AnyNode[]);
  }
}
