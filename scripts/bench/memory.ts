import { measureInBrowser, type Package } from './browser-page.js';

const EARLY = 20;
const LATE = 200;

/**
 * Memory of the page and its worker (`performance.measureUserAgentSpecificMemory`) after 200
 * verifications over after 20: 1 means that nothing is kept.
 */
export async function benchMemory(): Promise<Record<string, number>> {
  return measureInBrowser(false, async (context, address) => {
    const page = await context.newPage();
    await page.goto(address);
    const bytes = await page.evaluate(
      async ([early, late]) => {
        const { createVerifier } = (await import(
          new URL('/dist/index.js', location.href).href
        )) as Package;
        const memory = async () => {
          const measure = (
            performance as unknown as {
              measureUserAgentSpecificMemory(): Promise<{ bytes: number }>;
            }
          ).measureUserAgentSpecificMemory;
          return (await measure.call(performance)).bytes;
        };
        const clip = await (await fetch('/demo/voices/ada-1.flac')).blob();
        const verifier = await createVerifier({ vault: 'memory', backend: 'wasm' });
        await verifier.enroll('ada', clip);
        let atEarly = 0;
        for (let count = 1; count <= late; count++) {
          await verifier.verify('ada', clip);
          if (count === early) atEarly = await memory();
        }
        const atLate = await memory();
        await verifier.dispose();
        return { atEarly, atLate };
      },
      [EARLY, LATE] as const,
    );
    return { memoryAfter200Over20: bytes.atLate / bytes.atEarly };
  });
}
