import { afterEach, describe, expect, it, vi } from 'vitest';
import { hasJspi, probeGpu, threadCount } from './environment.js';

afterEach(() => vi.unstubAllGlobals());

/** Pretends to be a page: Node's own marks are what `isNode` looks for. */
function pretendPage(page: { isolated?: boolean; cores?: number; gpu?: unknown }): void {
  vi.stubGlobal('process', undefined);
  vi.stubGlobal('crossOriginIsolated', page.isolated);
  vi.stubGlobal('navigator', { hardwareConcurrency: page.cores, gpu: page.gpu });
}

describe('threadCount', () => {
  it.each([
    [{ isolated: true, cores: 8 }, undefined, 4],
    [{ isolated: true, cores: 2 }, undefined, 2],
    [{ isolated: true, cores: 8 }, 3, 3],
    [{ isolated: true, cores: 8 }, 64, 4],
    [{ isolated: true }, undefined, 1],
    [{ isolated: false, cores: 8 }, 4, 1],
    [{ cores: 8 }, undefined, 1],
  ])('of %j, %j asked, is %d', (page, requested, expected) => {
    pretendPage(page);
    expect(threadCount(requested)).toBe(expected);
  });

  it('is 1 in Node', () => {
    expect(threadCount(4)).toBe(1);
  });
});

describe('probeGpu', () => {
  const info = { vendor: 'acme', architecture: 'mark-1', device: '', description: '' };

  it('names the adapter that answered', async () => {
    pretendPage({ gpu: { requestAdapter: async () => ({ info }) } });
    expect(await probeGpu()).toMatchObject({ description: 'acme mark-1' });
  });

  it.each([
    [undefined, /has no WebGPU/],
    [{ requestAdapter: async () => null }, /no usable graphics adapter/],
    [{ requestAdapter: async () => Promise.reject(new Error('blocked')) }, /blocked/],
  ])('says why there is none (%#)', async (gpu, reason) => {
    pretendPage({ gpu });
    const probe = await probeGpu();
    expect(probe.adapter).toBeUndefined();
    expect('reason' in probe ? probe.reason : '').toMatch(reason);
  });
});

it('finds no JSPI where WebAssembly has none', () => {
  vi.stubGlobal('WebAssembly', {});
  expect(hasJspi()).toBe(false);
  vi.stubGlobal('WebAssembly', { Suspending: class {}, promising: () => undefined });
  expect(hasJspi()).toBe(true);
});
