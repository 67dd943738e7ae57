import type { Declarations } from './declarations.js';
import { childrenOf, isFunction, nameOf, nodeIn, type SyntaxNode } from './syntax.js';

/**
 * Whether a function throws a `VoiceprintError` as far as its text shows: by itself, or by calling a
 * function by its name that does. Calls through objects, and those inside of `try`, are not followed.
 */
export function throwsVoiceprintError(
  file: string,
  node: SyntaxNode,
  declarations: Declarations,
  asked: ReadonlySet<SyntaxNode> = new Set(),
): boolean {
  if (asked.has(node)) return false;
  const known = new Set([...asked, node]);
  const throwsIn = (below: SyntaxNode): boolean => {
    if (isFunction(below)) return false;
    if (below.type === 'ThrowStatement') return isOurs(nodeIn(below, 'argument'));
    const caught = below.type === 'TryStatement' ? nodeIn(below, 'handler') : undefined;
    if (caught !== undefined) return throwsIn(caught);
    if (below.type === 'CallExpression') {
      const callee = nameOf(nodeIn(below, 'callee'));
      const called = callee === undefined ? [] : declarations.lookUp(file, callee);
      const throwing = called.some((found) => {
        const code = isFunction(found.node) ? found.node : nodeIn(found.node, 'init');
        return (
          code !== undefined &&
          isFunction(code) &&
          throwsVoiceprintError(found.file, code, declarations, known)
        );
      });
      if (throwing) return true;
    }
    return childrenOf(below).some(throwsIn);
  };
  return childrenOf(node).some(throwsIn);
}

/** `throw new VoiceprintError(...)`, or what a function made for the purpose; no error passed on. */
function isOurs(thrown: SyntaxNode | undefined): boolean {
  if (thrown?.type === 'CallExpression') return true;
  return thrown?.type === 'NewExpression' && nameOf(nodeIn(thrown, 'callee')) === 'VoiceprintError';
}
