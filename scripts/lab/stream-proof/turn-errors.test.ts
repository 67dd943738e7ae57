import { describe, expect, it } from 'vitest';
import type { StreamTurn } from '../../../src/stream/types.js';
import { aloneTurns, parseRttm } from './rttm.js';
import { errorRate, judgeTurns, type SpokenTurn, type Tally, tally } from './turn-errors.js';
import { floorsOf, switchesOf } from './turn-switches.js';

const spoke = (speaker: string, start: number, end: number): SpokenTurn => ({
  speaker,
  start,
  end,
});
const named = (speaker: string, start: number, end: number): StreamTurn => ({
  start,
  end,
  decision: 'accepted',
  speaker,
});
const nobody = (decision: 'unknown' | 'rejected', start: number, end: number): StreamTurn => ({
  start,
  end,
  decision,
  speaker: undefined,
});

/** Seconds that are not 0. */
function secondsOf(sums: Tally): Record<string, number> {
  return Object.fromEntries(
    Object.entries(sums)
      .filter(([, seconds]) => seconds > 0)
      .map(([verdict, seconds]) => [verdict, Math.round(seconds * 100) / 100]),
  );
}

describe('judgeTurns', () => {
  it('tells every kind of error from the others', () => {
    const reference = [spoke('ada', 0, 6), spoke('eve', 7, 9)];
    const heard = [
      nobody('unknown', 0, 1),
      named('ada', 1, 3),
      named('bob', 3, 3.5),
      nobody('rejected', 3.5, 5),
      // Nothing heard from 5 to 6; named in the pause, which does not count.
      named('ada', 6, 8),
      nobody('rejected', 8, 9),
    ];
    const sums = tally(judgeTurns(reference, heard, ['ada', 'bob']));
    expect(secondsOf(sums)).toEqual({
      correct: 3,
      wrong: 0.5,
      'false-accept': 1,
      undecided: 1,
      rejected: 1.5,
      unheard: 1,
      seconds: 8,
      enrolledSeconds: 6,
      strangerSeconds: 2,
    });
    expect(errorRate(sums)).toBeCloseTo(5 / 8, 6);
  });

  it('takes any of several who speak, and nobody where one of them is not enrolled', () => {
    const reference = [spoke('ada', 0, 4), spoke('bob', 1, 2), spoke('eve', 2, 4)];
    const heard = [
      named('ada', 0, 1.5),
      named('bob', 1.5, 2.5),
      nobody('rejected', 2.5, 3),
      named('cy', 3, 4),
    ];
    const moments = judgeTurns(reference, heard, ['ada', 'bob', 'cy']);
    expect(secondsOf(tally(moments))).toMatchObject({ correct: 2.5, wrong: 1.5, seconds: 4 });
    expect(secondsOf(tally(moments.filter(({ overlap }) => !overlap)))).toMatchObject({
      correct: 1,
      seconds: 1,
    });
  });

  it('counts speech since who speaks changed, without pauses', () => {
    const reference = [spoke('ada', 0, 2), spoke('ada', 10, 11), spoke('bob', 11, 12)];
    const moments = judgeTurns(reference, [], ['ada', 'bob']);
    expect(moments.at(299)?.sinceChange).toBeCloseTo(2.99, 6);
    expect(moments.at(300)?.sinceChange).toBe(0);
  });

  it('has no rate where nobody speaks', () => {
    expect(errorRate(tally(judgeTurns([], [named('ada', 0, 1)], ['ada'])))).toBeNaN();
  });
});

describe('switchesOf', () => {
  it('calls a switch false when whoever is named did not speak just before', () => {
    const reference = [spoke('ada', 0, 10), spoke('bob', 10, 15)];
    const heard = [
      nobody('unknown', 0, 1),
      named('ada', 1, 4),
      named('bob', 4, 5),
      named('ada', 5, 6),
      nobody('unknown', 6, 7),
      named('ada', 7, 11),
      named('bob', 11, 13),
      nobody('rejected', 13, 15),
    ];
    const moments = judgeTurns(reference, heard, ['ada', 'bob']);
    expect(switchesOf(heard, moments).map(({ at, to, false: wrong }) => [at, to, wrong])).toEqual([
      [4, 'bob', true],
      [5, 'ada', false],
      [11, 'bob', false],
      [13, '', true],
    ]);
  });
});

describe('floorsOf', () => {
  it('measures how long each enrolled person spoke before they were named', () => {
    const reference = [
      spoke('ada', 0, 3),
      spoke('ada', 4, 5),
      spoke('eve', 5, 7),
      spoke('bob', 7, 9),
      spoke('ada', 8, 12),
    ];
    const heard = [nobody('unknown', 0, 1.5), named('ada', 1.5, 9), nobody('rejected', 9, 12)];
    const floors = floorsOf(heard, judgeTurns(reference, heard, ['ada', 'bob']));
    const rounded = floors.map(({ speaker, seconds, namedAfter }) => [
      speaker,
      Math.round(seconds * 100) / 100,
      namedAfter,
    ]);
    expect(rounded).toEqual([
      ['ada', 4, 1.5],
      ['bob', 1, undefined],
      ['ada', 3, undefined],
    ]);
  });
});

describe('rttm', () => {
  const text =
    'SPEAKER m1 1 2.000 3.000 <NA> <NA> ada <NA> <NA>\r\nSPEAKER m1 1 0.5 1 <NA> <NA> bob <NA> <NA>\n\nSPEAKER m2 1 0 1 <NA> <NA> eve <NA> <NA>\n';

  it('reads turns by file and in order', () => {
    const files = parseRttm(text);
    expect([...files.keys()]).toEqual(['m1', 'm2']);
    expect(files.get('m1')).toEqual([spoke('bob', 0.5, 1.5), spoke('ada', 2, 5)]);
  });

  it('refuses turns without times', () => {
    expect(() => parseRttm('SPEAKER m1 1 x 3.000 <NA> <NA> ada')).toThrow(/no times/);
  });

  it('finds where somebody speaks alone', () => {
    const turns = [
      spoke('ada', 0, 10),
      spoke('bob', 2, 3),
      spoke('eve', 2.5, 4),
      spoke('bob', 9, 12),
    ];
    expect(aloneTurns(turns, 'ada')).toEqual([spoke('ada', 0, 2), spoke('ada', 4, 9)]);
    expect(aloneTurns(turns, 'bob')).toEqual([spoke('bob', 10, 12)]);
    expect(aloneTurns(turns, 'cy')).toEqual([]);
  });
});
