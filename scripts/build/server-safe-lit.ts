import { existsSync } from 'node:fs';
import type { Plugin } from 'vite';

const SHIM = '\0voiceprint:no-dom';
const LIT = /^(.*\/node_modules\/(?:lit-html|@lit\/reactive-element))\/([^/]+\.js)$/;

/**
 * Takes the builds of lit that ask whether there is a DOM before they use it, so that a server that
 * renders pages can import the widget. They are the same code otherwise; the element classes that
 * they would bring for servers are left out.
 */
export function serverSafeLit(): Plugin {
  return {
    name: 'voiceprint:server-safe-lit',
    enforce: 'pre',
    async resolveId(id, importer) {
      if (id === '@lit-labs/ssr-dom-shim') return SHIM;
      if (!/lit/.test(id)) return null;
      const found = await this.resolve(id, importer, { skipSelf: true });
      const [, folder, file] = LIT.exec(found?.id ?? '') ?? [];
      // This one answers for all time whether it is on a server.
      if (folder === undefined || file === 'is-server.js') return found;
      const path = `${folder}/node/${file}`;
      return existsSync(path) ? path : found;
    },
    load: (id) =>
      id === SHIM ? 'export class HTMLElement {}\nexport const customElements = undefined;' : null,
  };
}
