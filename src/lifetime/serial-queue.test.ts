import { expect, it } from 'vitest';
import { createSerialQueue } from './serial-queue.js';

it('runs tasks in order and never two at once', async () => {
  const queue = createSerialQueue();
  const events: string[] = [];
  const task = (name: string, milliseconds: number) => async () => {
    events.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    events.push(`${name} ends`);
    return name;
  };
  const results = await Promise.all([queue.run(task('slow', 20)), queue.run(task('fast', 0))]);
  expect(results).toEqual(['slow', 'fast']);
  expect(events).toEqual(['slow begins', 'slow ends', 'fast begins', 'fast ends']);
});

it('goes on after a task that failed', async () => {
  const queue = createSerialQueue();
  const failed = queue.run(async () => {
    throw new Error('no');
  });
  const after = queue.run(async () => 'yes');
  await expect(failed).rejects.toThrow('no');
  await expect(after).resolves.toBe('yes');
  await queue.idle();
});
