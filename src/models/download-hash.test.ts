import { afterEach, expect, it, vi } from 'vitest';
import { sha256 } from './download-hash.js';

afterEach(() => vi.unstubAllGlobals());

// FIPS 180-2, appendix B.1.
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

it('gives the hash of a view, not of the buffer under it', async () => {
  const view = new TextEncoder().encode('xabcx').subarray(1, 4);
  expect(await sha256(view)).toBe(ABC);
});

it('gives the same hash without WebCrypto, on a page that is not secure', async () => {
  vi.stubGlobal('crypto', { subtle: undefined });
  expect(await sha256(new TextEncoder().encode('abc'))).toBe(ABC);
});
