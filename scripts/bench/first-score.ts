import type { BrowserContext, Page } from 'playwright';
import { measureInBrowser, type Package } from './browser-page.js';

interface FirstScore {
  /** Milliseconds from navigation to the first score. */
  readonly milliseconds: number;
  /** Milliseconds that one more score takes, everything being loaded. */
  readonly nextMilliseconds: number;
  /** Main-thread tasks over 50 ms from navigation to the second score, and the longest of them. */
  readonly longTasks: number;
  readonly longestTask: number;
}

/**
 * Time from navigation to the first score, cold (empty profile) and warm (model and code cached),
 * as multiples of what one more score takes; and the main thread's long tasks on the way.
 */
export async function benchFirstScore(): Promise<Record<string, number>> {
  return measureInBrowser(false, async (context, address) => {
    const cold = await firstScore(context, address);
    const warm = await firstScore(context, address);
    return {
      firstScoreWarmOverCold: warm.milliseconds / cold.milliseconds,
      firstScoreColdOverNextScore: cold.milliseconds / cold.nextMilliseconds,
      firstScoreWarmOverNextScore: warm.milliseconds / warm.nextMilliseconds,
      longTasksOver50MsCount: cold.longTasks + warm.longTasks,
    };
  });
}

async function firstScore(context: BrowserContext, address: string): Promise<FirstScore> {
  const page: Page = await context.newPage();
  await page.addInitScript(() => {
    const durations: number[] = [];
    Object.assign(globalThis, { longTaskDurations: durations });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) durations.push(entry.duration);
    }).observe({ type: 'longtask', buffered: true });
  });
  await page.goto(address);
  const result = await page.evaluate(async () => {
    const clip = async (name: string) => (await fetch(`/demo/voices/${name}.flac`)).blob();
    const { createVerifier } = (await import(
      new URL('/dist/index.js', location.href).href
    )) as Package;
    const verifier = await createVerifier({ vault: 'memory', backend: 'wasm' });
    await verifier.enroll('ada', await clip('ada-1'));
    await verifier.verify('ada', await clip('ada-2'));
    const milliseconds = performance.now();
    await verifier.verify('ada', await clip('ada-2'));
    const nextMilliseconds = performance.now() - milliseconds;
    await verifier.dispose();
    const { longTaskDurations } = globalThis as unknown as { longTaskDurations: number[] };
    return {
      milliseconds,
      nextMilliseconds,
      longTasks: longTaskDurations.length,
      longestTask: Math.max(0, ...longTaskDurations),
    };
  });
  await page.close();
  return result;
}
