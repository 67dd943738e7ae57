import { describe, expect, it } from 'vitest';
import { SampleQueue } from './sample-queue.js';

const counting = (from: number, count: number) =>
  Float32Array.from({ length: count }, (_, i) => from + i);

describe('SampleQueue', () => {
  it('gives back what was written, in any portions', () => {
    const queue = new SampleQueue(10);
    const into = new Float32Array(7);
    let written = 0;
    let read = 0;
    for (const portion of [3, 9, 1, 25, 4, 0, 12, 8]) {
      queue.write(counting(written, portion), 0);
      written += portion;
      while (queue.length >= 5) {
        const count = queue.read(into);
        expect([...into.subarray(0, count)]).toEqual([...counting(read, count)]);
        read += count;
      }
    }
    expect(read + queue.length).toBe(written);
  });

  it('drops the oldest', () => {
    const queue = new SampleQueue(10);
    queue.write(counting(0, 8), 0);
    queue.drop(3);
    const into = new Float32Array(8);
    expect(queue.read(into)).toBe(5);
    expect(into[0]).toBe(3);
    queue.drop(100);
    expect(queue.length).toBe(0);
  });

  it('knows when a sample came, also after thousands of writes', () => {
    const queue = new SampleQueue(10);
    const into = new Float32Array(4);
    expect(queue.lastReadTime(-1)).toBe(-1);
    for (let time = 0; time < 2000; time++) {
      queue.write(counting(0, 2), time);
      if (time % 2 === 1) {
        queue.read(into);
        expect(queue.lastReadTime(-1)).toBe(time);
      }
    }
    queue.write(counting(0, 6), 5000);
    queue.write(counting(0, 6), 6000);
    queue.read(into);
    expect(queue.lastReadTime(-1)).toBe(5000);
    queue.read(into);
    expect(queue.lastReadTime(-1)).toBe(6000);
  });
});
