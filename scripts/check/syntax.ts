import { parseSync } from 'vite';

/** A node of the syntax tree (ESTree with TypeScript's nodes), read by the names of its fields. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export type ParsedModule = ReturnType<typeof parse>;

/** Parses one file; each is parsed once for all judges. */
export function parseModule(path: string, text: string): ParsedModule {
  const key = `${path}\n${text}`;
  const known = parsed.get(key) ?? parse(path, text);
  parsed.set(key, known);
  return known;
}

const parsed = new Map<string, ParsedModule>();

function parse(path: string, text: string) {
  const { program, module, comments, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path} does not parse: ${error.message}`);
  return { body: nodesOf(program.body), module, comments };
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

export function nodesOf(value: unknown): readonly SyntaxNode[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** A field that holds one node. */
export function nodeIn(node: SyntaxNode | undefined, field: string): SyntaxNode | undefined {
  const value = node?.[field];
  return isNode(value) ? value : undefined;
}

/** The name of an identifier, a string key or a private name. */
export function nameOf(node: SyntaxNode | undefined): string | undefined {
  if (node === undefined) return undefined;
  if (typeof node.name === 'string') return node.name;
  return typeof node.value === 'string' ? node.value : undefined;
}

/** Nodes directly below another. */
export function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  return Object.values(node).flatMap((value) => (isNode(value) ? [value] : nodesOf(value)));
}

/** Visits a tree from the top; where `enter` returns false, what is below is left out. */
export function visit(node: SyntaxNode, enter: (node: SyntaxNode) => boolean): void {
  if (!enter(node)) return;
  for (const child of childrenOf(node)) visit(child, enter);
}

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

export function isFunction(node: SyntaxNode): boolean {
  return FUNCTIONS.has(node.type);
}
