import { type Declaration, Declarations } from './declarations.js';
import type { Finding } from './finding.js';
import type { Sources } from './sources.js';
import {
  childrenOf,
  isFunction,
  nameOf,
  nodeIn,
  nodesOf,
  parseModule,
  type SyntaxNode,
  visit,
} from './syntax.js';
import { throwsVoiceprintError } from './throws.js';

/**
 * What users of the package meet in their editor without a word: public symbols and their members,
 * and those that throw without saying so. Followed from the entries to the types that their
 * signatures name, exported or not.
 */
export function judgeDocComments(sources: Sources): readonly Finding[] {
  const declarations = new Declarations(sources);
  const entries = [...sources.keys()].filter((path) => path.startsWith('src/entries/'));
  const queue = entries.flatMap((entry) => [...declarations.exportedBy(entry).values()].flat());
  const findings = new Map<string, Finding>();
  const seen = new Set<SyntaxNode>();
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next.node)) continue;
    seen.add(next.node);
    for (const finding of judge(next, declarations)) findings.set(finding.where, finding);
    for (const name of namedTypes(publicPartsOf(next.node))) {
      queue.push(...declarations.lookUp(next.file, name));
    }
  }
  return [...findings.values()].sort((a, b) => (a.where < b.where ? -1 : 1));
}

function judge(declaration: Declaration, declarations: Declarations): readonly Finding[] {
  const { file, name, node, statement } = declaration;
  const text = declarations.textOf(file);
  const findings: Finding[] = [];
  const told = docBefore(file, text, statement);
  // A later overload stands under the first one's words, and an enumeration of cases under its own.
  const [first] = declarations.lookUp(file, name);
  const silent = told === undefined && (first === undefined || first.node === node);
  if (silent) findings.push(undocumented(file, name));
  const functions = [{ name, node: functionIn(node), doc: told }];
  for (const member of membersOf(node, name)) {
    const doc = docBefore(file, text, member.node);
    if (doc === undefined) findings.push(undocumented(file, member.name));
    functions.push({ name: member.name, node: functionIn(member.node), doc });
  }
  for (const called of functions) {
    if (called.node === undefined || called.doc === undefined) continue;
    if (called.doc.includes('@throws')) continue;
    if (!throwsVoiceprintError(file, called.node, declarations)) continue;
    findings.push({
      where: `${called.name} @throws`,
      file,
      what: 'is not said: it throws a VoiceprintError; say which code and when',
    });
  }
  return findings;
}

function undocumented(file: string, where: string): Finding {
  return {
    where,
    file,
    what: 'is public and has no doc comment: say what it means, its unit, range or shape',
  };
}

/** The doc block that ends right before a node. */
function docBefore(file: string, text: string, node: SyntaxNode): string | undefined {
  return parseModule(file, text).comments.find(
    ({ type, value, end }) =>
      type === 'Block' &&
      value.startsWith('*') &&
      end <= node.start &&
      text.slice(end, node.start).trim() === '',
  )?.value;
}

function functionIn(node: SyntaxNode): SyntaxNode | undefined {
  if (isFunction(node)) return node;
  const value = nodeIn(node, 'init') ?? nodeIn(node, 'value');
  return value !== undefined && isFunction(value) ? value : undefined;
}

interface Member {
  /** With the names that lead to it: `Verification.quality`. */
  readonly name: string;
  readonly node: SyntaxNode;
}

/** What stands behind a dot: members of interfaces, of object types inside types, of classes. */
function membersOf(node: SyntaxNode, path: string): readonly Member[] {
  if (node.type === 'ClassDeclaration') return publicMembersOf(node, path);
  if (node.type !== 'TSInterfaceDeclaration' && node.type !== 'TSTypeAliasDeclaration') return [];
  return signaturesIn(node, path);
}

function signaturesIn(node: SyntaxNode, path: string): readonly Member[] {
  return childrenOf(node).flatMap((child) => {
    if (!SIGNATURES.has(child.type)) return signaturesIn(child, path);
    const name = `${path}.${nameOf(nodeIn(child, 'key')) ?? 'call'}`;
    const own = isDiscriminant(child) ? [] : [{ name, node: child }];
    return [...own, ...signaturesIn(child, name)];
  });
}

const SIGNATURES = new Set([
  'TSPropertySignature',
  'TSMethodSignature',
  'TSCallSignatureDeclaration',
  'TSConstructSignatureDeclaration',
]);

/** `kind: 'score'` says all there is to say. */
function isDiscriminant(signature: SyntaxNode): boolean {
  const type = nodeIn(nodeIn(signature, 'typeAnnotation'), 'typeAnnotation');
  const literal = type?.type === 'TSLiteralType' ? nodeIn(type, 'literal') : undefined;
  return typeof literal?.value === 'string';
}

function publicMembersOf(node: SyntaxNode, path: string): readonly Member[] {
  return nodesOf(nodeIn(node, 'body')?.body).flatMap((member) => {
    const key = nodeIn(member, 'key');
    const name = nameOf(key);
    const hidden =
      key?.type === 'PrivateIdentifier' ||
      member.accessibility === 'private' ||
      member.accessibility === 'protected' ||
      member.override === true ||
      member.kind === 'constructor' ||
      member.kind === 'set';
    return name === undefined || hidden ? [] : [{ name: `${path}.${name}`, node: member }];
  });
}

/** The parts of a declaration that its users see: of a class the public members only. */
function publicPartsOf(node: SyntaxNode): readonly SyntaxNode[] {
  if (node.type !== 'ClassDeclaration') return [node];
  const heads = [nodeIn(node, 'superClass'), ...nodesOf(node.implements)];
  const members = publicMembersOf(node, '').map((member) => member.node);
  return [...heads.filter((head) => head !== undefined), ...members];
}

/** Names of the types that signatures refer to; bodies of functions are not looked into. */
function namedTypes(nodes: readonly SyntaxNode[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const node of nodes) {
    if (node.type === 'Identifier') names.add(nameOf(node) ?? '');
    visit(node, (below) => {
      const named =
        nodeIn(below, 'typeName') ??
        nodeIn(below, 'exprName') ??
        (below.type === 'TSInterfaceHeritage' || below.type === 'TSClassImplements'
          ? nodeIn(below, 'expression')
          : undefined);
      const name = nameOf(named);
      if (name !== undefined) names.add(name);
      return below.type !== 'BlockStatement' && below.type !== 'FunctionBody';
    });
  }
  return names;
}
