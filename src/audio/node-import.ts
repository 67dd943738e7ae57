/** True in Node, also under test runners that add browser globals. */
export function isNode(): boolean {
  return typeof process !== 'undefined' && typeof process.versions?.node === 'string';
}

/**
 * Imports a package from node_modules when the code runs, in Node only. The name is a parameter so
 * that no bundler follows it: what is imported this way never lands in a browser bundle.
 */
export function importInNode(name: string): Promise<unknown> {
  return import(/* @vite-ignore */ /* webpackIgnore: true */ name);
}
