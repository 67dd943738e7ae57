import type { EngineOptions } from '../../../../src/engine/options.js';

const SECONDS = 4;
const memories = new Set<WebAssembly.Memory>();

/** Sees the memory of every WebAssembly instance, whoever makes it. */
WebAssembly.Memory = new Proxy(WebAssembly.Memory, {
  construct(target, given: [WebAssembly.MemoryDescriptor]) {
    const memory = new target(...given);
    memories.add(memory);
    return memory;
  },
});

/** Prints how many instances an engine with some models needs, and their bytes after a clip. */
async function main(): Promise<void> {
  const models: EngineOptions = JSON.parse(process.argv[2] ?? '{}');
  const { openEngine } = await import('../../../../src/engine/open-engine.js');
  const engine = await openEngine({ ...models, backend: 'wasm', threads: 1 });
  const clip = Float32Array.from(
    { length: SECONDS * 16_000 },
    (_, i) => Math.sin(i * i * 1e-6) / 3,
  );
  await engine.hear(clip, { part: 'whole', unusable: true });
  const bytes = [...memories].map(({ buffer }) => buffer.byteLength);
  console.log(
    JSON.stringify({ instances: bytes.length, bytes: bytes.reduce((sum, size) => sum + size, 0) }),
  );
  await engine[Symbol.asyncDispose]();
}

await main();
