import { measureInBrowser } from './browser-page.js';

const EARLY = 20;
const LATE = 200;

/**
 * Memory of the page and its worker (`performance.measureUserAgentSpecificMemory`) after 200
 * verifications over after 20: 1 means that nothing is kept.
 */
export async function benchMemory(): Promise<Record<string, number>> {
  return measureInBrowser(false, async (call) => {
    const [early = Number.NaN, late = Number.NaN] = (await call('memory', EARLY, LATE)) as number[];
    return { memoryAfter200Over20: late / early };
  });
}
