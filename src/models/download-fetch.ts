import { VoiceprintError } from '../errors.js';
import { stopIfAborted } from '../lifetime/ended.js';
import { isNode } from '../platform/environment.js';

/** How {@link fetchBytes} fetches. */
export interface FetchBytesOptions {
  /** What the file is, for messages: `'the model'`. */
  readonly what: string;
  /** The most bytes to take; one more ends the download. */
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: (bytes: number) => void;
  /** Ask the server whether its copy is still the same instead of trusting the HTTP cache. */
  readonly revalidate?: boolean;
}

/**
 * Fetches a file, or reads it in Node when the address is a `file:` one.
 *
 * @throws VoiceprintError `model/unavailable` for a missing file, an unreachable server or a web
 *   page in place of the file; `model/integrity` for more bytes than `limit`;
 *   `aborted`.
 */
export async function fetchBytes(
  url: URL,
  options: FetchBytesOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { what, signal } = options;
  stopIfAborted(signal, `loading ${what} was aborted by the caller`);
  if (url.protocol === 'file:' && isNode()) return readLocal(url, options);
  try {
    const response = await fetch(url, {
      ...(signal !== undefined && { signal }),
      ...(options.revalidate === true && { cache: 'no-cache' }),
      credentials: 'same-origin',
    });
    refuseStatus(response, url, what);
    const bytes = await readBody(response, url, options);
    refusePage(bytes, url, what);
    return bytes;
  } catch (cause) {
    stopIfAborted(signal, `loading ${what} was aborted by the caller`);
    if (cause instanceof VoiceprintError) throw cause;
    throw new UnreachableError(
      `${what} could not be fetched from ${url.href}; check the network, the address, and that the server allows this origin (CORS)`,
      { cause },
    );
  }
}

/** The server could not be asked, as opposed to its saying no: a cached copy may stand in. */
export class UnreachableError extends VoiceprintError {
  constructor(message: string, options?: ErrorOptions) {
    super('model/unavailable', message, options);
  }
}

function refuseStatus(response: Response, url: URL, what: string): void {
  if (response.ok) return;
  const message = `${what} is not at ${url.href} (HTTP ${response.status})`;
  if (response.status >= 500) throw new UnreachableError(`${message}; try again later`);
  throw new VoiceprintError(
    'model/unavailable',
    `${message}; check the address and that the model folder was deployed with the page`,
  );
}

async function readBody(
  response: Response,
  url: URL,
  options: FetchBytesOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const next = await reader?.read();
    if (next?.value === undefined) break;
    chunks.push(next.value);
    total += next.value.length;
    if (total > options.limit) {
      await reader?.cancel();
      throw tooLong(url, options);
    }
    options.onBytes?.(total);
  }
  const bytes = new Uint8Array(total);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** A single-page app's server answers any address with its start page and status 200. */
function refusePage(bytes: Uint8Array, url: URL, what: string): void {
  const start = new TextDecoder().decode(bytes.subarray(0, 256)).trimStart().toLowerCase();
  if (start.startsWith('<!doctype') || start.startsWith('<html') || start.startsWith('<?xml')) {
    throw new VoiceprintError(
      'model/unavailable',
      `${url.href} answered with a web page instead of ${what}; the file is missing there and the server falls back to a page: deploy the model folder, or correct the address`,
    );
  }
}

async function readLocal(url: URL, options: FetchBytesOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { readFile, stat } = process.getBuiltinModule('node:fs/promises');
  const { fileURLToPath } = process.getBuiltinModule('node:url');
  const path = fileURLToPath(url);
  try {
    const { size } = await stat(path);
    if (size > options.limit) throw tooLong(url, options);
    const bytes = new Uint8Array(await readFile(path));
    options.onBytes?.(bytes.length);
    return bytes;
  } catch (cause) {
    if (cause instanceof VoiceprintError) throw cause;
    throw new VoiceprintError(
      'model/unavailable',
      `${options.what} cannot be read from ${path}; check the path, or give the name of a shipped model`,
      { cause },
    );
  }
}

function tooLong(url: URL, { what, limit }: FetchBytesOptions): VoiceprintError {
  return new VoiceprintError(
    'model/integrity',
    `${what} at ${url.href} is longer than the ${limit} bytes it should be; deploy the model folder again as a whole`,
  );
}
