import { type CallInPage, measureInBrowser } from './browser-page.js';

interface FirstScore {
  /** Milliseconds from navigation to the first score. */
  readonly first: number;
  /** Milliseconds that one more score takes, everything being loaded. */
  readonly next: number;
  /** Durations of the main thread's tasks over 50 ms until then. */
  readonly longTasks: readonly number[];
}

/**
 * Time from navigation to the first score, cold (empty profile) and warm (model and code cached),
 * as multiples of what one more score takes; and the main thread's long tasks on the way.
 */
export async function benchFirstScore(): Promise<Record<string, number>> {
  return measureInBrowser(false, async (call) => {
    const cold = await firstScore(call);
    const warm = await firstScore(call);
    return {
      firstScoreWarmOverCold: warm.first / cold.first,
      firstScoreColdOverNextScore: cold.first / cold.next,
      firstScoreWarmOverNextScore: warm.first / warm.next,
      longTasksOver50MsCount: cold.longTasks.length + warm.longTasks.length,
    };
  });
}

async function firstScore(call: CallInPage): Promise<FirstScore> {
  return (await call('firstScore')) as FirstScore;
}
