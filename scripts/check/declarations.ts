import { resolveImport, type Sources } from './sources.js';
import { nameOf, nodeIn, nodesOf, parseModule, type SyntaxNode } from './syntax.js';

/** Something with a name at the top of a file. */
export interface Declaration {
  readonly file: string;
  readonly name: string;
  /** The declaration itself: an interface, an alias, a class, a function, a variable's declarator. */
  readonly node: SyntaxNode;
  /** The statement around it, before which its doc block stands. */
  readonly statement: SyntaxNode;
}

/** Follows names through imports and exports to where they are declared. */
export class Declarations {
  readonly #sources: Sources;
  readonly #byFile = new Map<string, ReadonlyMap<string, readonly Declaration[]>>();

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /** The text of a file, as it was read. */
  textOf(file: string): string {
    return this.#sources.get(file) ?? '';
  }

  /** All that a file exports, by the names under which it does. */
  exportedBy(file: string): ReadonlyMap<string, readonly Declaration[]> {
    const exported = new Map<string, readonly Declaration[]>();
    for (const { entries } of this.#module(file).staticExports) {
      for (const { exportName, moduleRequest } of entries) {
        if (exportName.name !== null && exportName.name !== undefined) {
          exported.set(exportName.name, this.#exported(file, exportName.name));
        } else if (moduleRequest !== null) {
          const target = resolveImport(this.#sources, file, moduleRequest.value);
          for (const [name, found] of target === undefined ? [] : this.exportedBy(target)) {
            exported.set(name, found);
          }
        }
      }
    }
    return exported;
  }

  /** What a name means inside a file; nothing for a global or a package's name. */
  lookUp(file: string, name: string): readonly Declaration[] {
    const own = this.#declaredIn(file).get(name);
    if (own !== undefined) return own;
    for (const { moduleRequest, entries } of this.#module(file).staticImports) {
      const entry = entries.find(({ localName }) => localName.value === name);
      const imported = entry?.importName.name;
      const target = resolveImport(this.#sources, file, moduleRequest.value);
      if (target !== undefined && imported) return this.#exported(target, imported);
    }
    return [];
  }

  #exported(file: string, name: string): readonly Declaration[] {
    const entries = this.#module(file).staticExports.flatMap((found) => found.entries);
    const named = entries.find(({ exportName }) => exportName.name === name);
    if (named !== undefined) {
      if (named.moduleRequest === null) return this.lookUp(file, named.localName.name ?? name);
      const target = resolveImport(this.#sources, file, named.moduleRequest.value);
      return target === undefined ? [] : this.#exported(target, named.importName.name ?? name);
    }
    for (const { exportName, moduleRequest } of entries) {
      if (exportName.name || moduleRequest === null) continue;
      const target = resolveImport(this.#sources, file, moduleRequest.value);
      const found = target === undefined ? [] : this.#exported(target, name);
      if (found.length > 0) return found;
    }
    return [];
  }

  #module(file: string) {
    return parseModule(file, this.textOf(file)).module;
  }

  #declaredIn(file: string): ReadonlyMap<string, readonly Declaration[]> {
    const known = this.#byFile.get(file);
    if (known !== undefined) return known;
    const declared = new Map<string, Declaration[]>();
    for (const statement of parseModule(file, this.textOf(file)).body) {
      const inner = nodeIn(statement, 'declaration') ?? statement;
      const nodes = inner.type === 'VariableDeclaration' ? nodesOf(inner.declarations) : [inner];
      for (const node of nodes) {
        const name = nameOf(nodeIn(node, 'id'));
        if (name === undefined) continue;
        const found = { file, name, node, statement };
        declared.set(name, [...(declared.get(name) ?? []), found]);
      }
    }
    this.#byFile.set(file, declared);
    return declared;
  }
}
