/** True in Node (and Electron's main process), where only the WebAssembly backend exists. */
export function isNode(): boolean {
  return typeof process !== 'undefined' && typeof process.versions?.node === 'string';
}

/**
 * WebAssembly threads beyond which an encoder of this size gains nothing: the pool shares memory
 * bandwidth, and phones put the rest of their cores on slow clusters.
 */
const MAXIMUM_THREADS = 4;

/**
 * Number of WebAssembly threads to use: shared memory exists only where the page is cross-origin
 * isolated (COOP `same-origin`, COEP `require-corp`); anywhere else, and in Node, the answer is 1.
 *
 * @param requested - At most so many; whole number from 1.
 */
export function threadCount(requested: number = MAXIMUM_THREADS): number {
  if (isNode() || globalThis.crossOriginIsolated !== true) return 1;
  const cores = globalThis.navigator?.hardwareConcurrency ?? 1;
  return Math.max(1, Math.min(MAXIMUM_THREADS, cores, requested));
}

/** Whether WebAssembly can suspend on promises here (JSPI), which spares the asyncify build. */
export function hasJspi(): boolean {
  return 'Suspending' in WebAssembly && 'promising' in WebAssembly;
}

/** A GPU that answered, or why there is none. */
export type GpuProbe =
  | { readonly adapter: GPUAdapter; readonly description: string }
  | { readonly adapter: undefined; readonly reason: string };

/** Asks for an adapter, so that the GPU build is not downloaded where there is no GPU. */
export async function probeGpu(): Promise<GpuProbe> {
  const gpu = isNode() ? undefined : globalThis.navigator?.gpu;
  if (gpu === undefined) {
    return { adapter: undefined, reason: `${isNode() ? 'Node' : 'this browser'} has no WebGPU` };
  }
  try {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (adapter === null) {
      return { adapter: undefined, reason: 'WebGPU found no usable graphics adapter' };
    }
    return { adapter, description: describeAdapter(adapter) };
  } catch (error) {
    return { adapter: undefined, reason: `the WebGPU adapter could not be opened (${error})` };
  }
}

function describeAdapter(adapter: GPUAdapter): string {
  const { vendor, architecture, device, description } = adapter.info;
  const words = [vendor, architecture, device, description].filter((word) => word !== '');
  return words.length > 0 ? words.join(' ') : 'unnamed adapter';
}
