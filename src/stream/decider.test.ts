import { describe, expect, it } from 'vitest';
import { type DeciderInput, StreamDecider } from './decider.js';

/** A cosine counts 20 nats for each 1 above the threshold. */
const NATS = 20;
const THRESHOLD = 0.5;
const options = { speakers: 2, hysteresis: 1, minimumSeconds: 1.5 };
const odds = (smoothed: Float64Array) => smoothed.map((score) => NATS * (score - THRESHOLD));

/** Scores of both speakers every quarter of a second of speech. */
function told(
  decider: StreamDecider,
  steps: readonly (readonly [a: number, b: number, turn?: number])[],
): string[] {
  let speechSeconds = 0;
  const began = new Map<number, number>();
  return steps.map(([a, b, turn = 0]) => {
    if (!began.has(turn)) began.set(turn, speechSeconds);
    speechSeconds += 0.25;
    const turnSeconds = speechSeconds - (began.get(turn) ?? 0);
    const scoredSeconds = Math.min(3, turnSeconds);
    const input: DeciderInput = {
      scores: [a, b],
      odds,
      natsPerScore: NATS,
      speechSeconds,
      turn,
      turnSeconds,
      scoredSeconds,
    };
    const { event, change, sharp } = decider.push(input);
    const who = decider.speaker === undefined ? '' : ` ${decider.speaker}`;
    const changed =
      change === undefined ? '' : ` ${change.from ?? 'stranger'}>${change.to ?? 'stranger'}`;
    return `${decider.decision}${who}${event === undefined ? '' : ` (${event}${changed})`}${sharp ? ' sharp' : ''}`;
  });
}

const times = <T>(count: number, value: T): T[] => new Array<T>(count).fill(value);

describe('StreamDecider', () => {
  it.each<[string, [number, number, number?][], string[]]>([
    [
      'knows nothing before there is speech enough, then accepts',
      times(7, [0.8, 0]),
      [...times(5, 'unknown'), 'accepted 0 (accept)', 'accepted 0'],
    ],
    ['rejects a stranger', times(6, [0.1, 0.2]), [...times(5, 'unknown'), 'rejected (reject)']],
    ['stays in doubt between the thresholds', times(8, [0.47, 0]), times(8, 'unknown')],
    [
      'keeps a speaker down to the hysteresis',
      [...times(6, [0.7, 0] as [number, number]), ...times(8, [0.46, 0] as [number, number])],
      [...times(5, 'unknown'), 'accepted 0 (accept)', ...times(8, 'accepted 0')],
    ],
  ])('%s', (_what, steps, expected) => {
    const decisions = told(new StreamDecider(options), steps);
    expect(decisions.map((decision) => decision.replace(' sharp', ''))).toEqual(expected);
  });

  it('lets one low score pass, and several not', () => {
    const decider = new StreamDecider(options);
    told(decider, times(6, [0.8, 0]));
    expect(told(decider, [[0.4, 0]]).at(-1)).toMatch(/^accepted 0/);
    expect(
      told(new StreamDecider(options), [
        ...times(8, [0.8, 0] as const),
        ...times(6, [0.1, 0] as const),
      ]).at(-1),
    ).toMatch(/^rejected/);
  });

  it('tells who took over from whom, strangers too', () => {
    const steps = [
      ...times(8, [0.8, 0, 0] as const),
      ...times(8, [0, 0.8, 1] as const),
      ...times(8, [0, 0, 2] as const),
      ...times(8, [0.8, 0, 3] as const),
    ];
    const events = told(new StreamDecider(options), steps).filter((line) => line.includes('('));
    expect(events).toEqual([
      'accepted 0 (accept)',
      'accepted 1 (accept 0>1)',
      'rejected (reject 1>stranger)',
      'accepted 0 (accept stranger>0)',
    ]);
  });

  it('holds a decision through a pause until the new turn can be judged', () => {
    const steps = [...times(8, [0.8, 0, 0] as const), ...times(6, [0.6, 0, 1] as const)];
    expect(told(new StreamDecider(options), steps).slice(8)).toEqual(times(6, 'accepted 0'));
  });

  it('doubts at once where a new turn begins with quite another voice', () => {
    const steps = [...times(8, [0.8, 0, 0] as const), ...times(6, [0, 0.8, 1] as const)];
    expect(told(new StreamDecider(options), steps).slice(8)).toEqual([
      ...times(5, 'unknown'),
      'accepted 1 (accept 0>1)',
    ]);
  });

  it('is taken over within a turn by whoever scores clearly higher', () => {
    const decider = new StreamDecider(options);
    told(decider, times(8, [0.7, 0.69]));
    expect(decider.speaker).toBe(0);
    expect(told(decider, times(8, [0.55, 0.75])).at(-1)).toMatch(/^accepted 1/);
  });

  it('calls a fall of the accepted voice sharp, and a rise after a stranger', () => {
    const fall = told(new StreamDecider(options), [...times(12, [0.8, 0] as const), [0.6, 0.1]]);
    expect(fall.map((line) => line.endsWith('sharp'))).toEqual([...times(12, false), true]);
    const rise = told(new StreamDecider(options), [...times(12, [0.1, 0] as const), [0.3, 0]]);
    expect(rise.at(-1)).toMatch(/sharp$/);
    const drift = told(
      new StreamDecider(options),
      Array.from({ length: 24 }, (_, i) => [0.8 - i / 100, 0] as const),
    );
    expect(drift.some((line) => line.endsWith('sharp'))).toBe(false);
  });

  it('says accept again after a doubt, but no change where it is the same person', () => {
    const decider = new StreamDecider(options);
    told(decider, times(6, [0.8, 0]));
    decider.doubt();
    expect(decider.decision).toBe('unknown');
    expect(told(decider, times(6, [0.8, 0, 1])).at(-1)).toBe('accepted 0 (accept)');
    decider.reset();
    expect([decider.decision, decider.best, ...decider.smoothed]).toEqual(['unknown', 0, 0, 0]);
  });
});
