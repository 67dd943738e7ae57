import { isBuiltin } from 'node:module';
import type { Plugin } from 'vite';

const STUB = '\0voiceprint:left-out/';

/**
 * Leaves packages out of a build, and Node's own modules where it runs without them: importing one
 * throws, which only branches for other surroundings do.
 */
export function leaveOut(
  packages: readonly string[],
  { builtins }: { readonly builtins: boolean },
): Plugin {
  return {
    name: 'voiceprint:leave-out',
    enforce: 'pre',
    resolveId: (id) =>
      packages.includes(id) || (builtins && isBuiltin(id)) ? `${STUB}${id}` : null,
    load(id) {
      if (!id.startsWith(STUB)) return null;
      const message = `${id.slice(STUB.length)} is not part of this build of voiceprint-web.`;
      return `throw new Error(${JSON.stringify(message)});\nexport {};`;
    },
  };
}

const SPEEX = '/speex-resampler-wasm/wasm/speex-resampler-nonsimd.js';
const SPEEX_WASM = 'new URL("speex-resampler-nonsimd.wasm",import.meta.url).href';

/**
 * The resampler is told where its WebAssembly is; its own guess would be put into the bundle as a
 * `data:` URL beside the file.
 */
export function forgetOwnWasm(): Plugin {
  return {
    name: 'voiceprint:forget-own-wasm',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith(SPEEX)) return null;
      if (!code.includes(SPEEX_WASM)) this.error(`${id} no longer has ${SPEEX_WASM}`);
      return { code: code.replace(SPEEX_WASM, '""'), map: null };
    },
  };
}
