import { describe, expect, it } from 'vitest';
import { openScope } from './scope.js';

describe('openScope', () => {
  it('closes what was opened, last first, once', async () => {
    const closed: string[] = [];
    const scope = openScope();
    scope.defer(() => void closed.push('first'));
    scope.defer(async () => void closed.push('second'));
    const disposal = scope.dispose();
    expect(scope.dispose()).toBe(disposal);
    await disposal;
    expect(closed).toEqual(['second', 'first']);
    expect(scope.disposed).toBe(true);
  });

  it('closes children with it, and forgets a child that closed before', async () => {
    const closed: string[] = [];
    const scope = openScope();
    const early = scope.child();
    early.defer(() => void closed.push('early'));
    scope.child().defer(() => void closed.push('late'));
    await early.dispose();
    await scope.dispose();
    expect(closed).toEqual(['early', 'late']);
  });

  it('does not run what was taken out again', async () => {
    const closed: string[] = [];
    const scope = openScope();
    scope.defer(() => void closed.push('taken out'))();
    await scope.dispose();
    expect(closed).toEqual([]);
  });

  it('closes the rest when one fails, and says so', async () => {
    const closed: string[] = [];
    const scope = openScope();
    scope.defer(() => void closed.push('rest'));
    scope.defer(() => {
      throw new Error('stuck');
    });
    await expect(scope.dispose()).rejects.toThrow('stuck');
    expect(closed).toEqual(['rest']);
  });

  it('closes at once what is opened too late', async () => {
    const closed: string[] = [];
    const scope = openScope();
    await scope.dispose();
    scope.defer(() => void closed.push('late'));
    await scope.dispose();
    expect(closed).toEqual(['late']);
  });
});
