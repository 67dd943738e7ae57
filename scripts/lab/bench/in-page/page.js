// What the benchmarks run in the page, on the package as it is shipped.
const longTasks = [];
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) longTasks.push(duration);
}).observe({ type: 'longtask', buffered: true });

async function open(backend) {
  const { createVerifier } = await import('../../../../dist/index.js');
  return createVerifier({ vault: 'memory', backend });
}

async function clip(name) {
  return (await fetch(`../../../../demo/voices/${name}.flac`)).blob();
}

/** Loads a verifier and lets it go again. */
export async function load(backend) {
  await (await open(backend)).dispose();
}

/** Milliseconds from navigation to the first score, then for one more; long tasks until then. */
export async function firstScore() {
  const verifier = await open('wasm');
  await verifier.enroll('ada', await clip('ada-1'));
  await verifier.verify('ada', await clip('ada-2'));
  const first = performance.now();
  await verifier.verify('ada', await clip('ada-2'));
  const next = performance.now() - first;
  await verifier.dispose();
  return { first, next, longTasks };
}

/** Bytes of the page and its workers after `early` and after `late` verifications. */
export async function memory(early, late) {
  const audio = await clip('ada-1');
  const verifier = await open('wasm');
  await verifier.enroll('ada', audio);
  const bytes = [];
  for (let count = 1; count <= late; count++) {
    await verifier.verify('ada', audio);
    if (count === early || count === late) {
      bytes.push((await performance.measureUserAgentSpecificMemory()).bytes);
    }
  }
  await verifier.dispose();
  return bytes;
}
