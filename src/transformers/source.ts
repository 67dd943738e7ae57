import { VoiceprintError } from '../errors.js';
import { createSerialQueue } from '../lifetime/serial-queue.js';
import { sha256 } from '../models/download-hash.js';
import { isNode } from '../platform/environment.js';
import type { TransformersLibrary } from './library.js';

/** Where a model is, in the terms of transformers.js. */
export interface ModelSource {
  /** What `from_pretrained` is given. */
  readonly id: string;
  /** What people and voiceprints call it. */
  readonly name: string;
  /** The folder's address, when the model is neither on the hub nor in Node's file system. */
  readonly address: string | undefined;
  /** A folder of Node's file system: nothing may be downloaded. */
  readonly localOnly: boolean;
}

/** What begins like this is a path, not an id. */
const PATH = /^(\.{0,2}\/|file:)/;

/**
 * Tells a hub id (`owner/name`) from a folder: an http(s) address, or a path that begins with `.`
 * or `/`, which a page resolves against its own address and Node against its working directory.
 *
 * @throws VoiceprintError `model/unavailable` for anything else.
 */
export async function locateSource(model: string | URL): Promise<ModelSource> {
  const text = String(model);
  if (/^https?:/i.test(text)) return atAddress(new URL(text));
  if (PATH.test(text)) return isNode() ? onDisk(text) : atAddress(beside(text));
  // transformers.js' own rule for hub ids.
  if (/^([\w.-]+\/)?[\w.-]{1,96}$/.test(text) && !/\.\.|--/.test(text)) {
    return { id: text, name: text, address: undefined, localOnly: false };
  }
  throw new VoiceprintError(
    'model/unavailable',
    `${JSON.stringify(text)} is neither an id of the hub (owner/name) nor a folder (https://…, /… or ./…)`,
  );
}

/** The same model as a worker of this page would find it: paths become addresses. */
export function fromThisPage(model: string | URL): string {
  const text = String(model);
  return PATH.test(text) && !isNode() ? beside(text).href : text;
}

async function atAddress(url: URL): Promise<ModelSource> {
  const address = url.href.replace(/[?#].*$/, '').replace(/\/*$/, '/');
  // The library keeps downloads by id, so every address needs one of its own.
  const digest = await sha256(new TextEncoder().encode(address));
  return {
    id: `address-${digest.slice(0, 24)}`,
    name: lastSegment(url.pathname) || url.host,
    address,
    localOnly: false,
  };
}

function beside(path: string): URL {
  return new URL(path, globalThis.document?.baseURI ?? globalThis.location?.href);
}

function onDisk(text: string): ModelSource {
  const { resolve } = process.getBuiltinModule('node:path');
  const { fileURLToPath } = process.getBuiltinModule('node:url');
  const id = text.startsWith('file:') ? fileURLToPath(text) : resolve(text);
  return { id, name: lastSegment(id), address: undefined, localOnly: true };
}

function lastSegment(path: string): string {
  return decodeURIComponent(path.split(/[\\/]/).filter(Boolean).at(-1) ?? '');
}

const redirected = createSerialQueue();

/**
 * Runs a load with the library looking at the source. A folder's address can only be given through
 * the library's global `env`: it is set while this load runs, and loads of this package take turns.
 */
export async function lookingAt<T>(
  { address }: ModelSource,
  { env }: TransformersLibrary,
  load: () => Promise<T>,
): Promise<T> {
  if (address === undefined) return load();
  return redirected.run(async () => {
    const { allowLocalModels, allowRemoteModels, remoteHost, remotePathTemplate } = env;
    Object.assign(env, {
      allowLocalModels: false,
      allowRemoteModels: true,
      remoteHost: address,
      remotePathTemplate: './',
    });
    try {
      return await load();
    } finally {
      Object.assign(env, { allowLocalModels, allowRemoteModels, remoteHost, remotePathTemplate });
    }
  });
}
