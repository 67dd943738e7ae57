const MASK = (1n << 64n) - 1n;
const GOLDEN = 0x9e3779b97f4a7c15n;

/** FNV-1a over the UTF-8 bytes of a key, 64 bits. */
export function fnv1a64(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & MASK;
  }
  return hash;
}

/**
 * Values of a tensor by the reference's recipe: splitmix64 (Steele, Lea and Flood, OOPSLA 2014)
 * seeded by the key, the upper 24 bits of each number mapped to [lo, hi) in float64 and rounded to
 * float32.
 *
 * Numbers are pairs of 32-bit words in local variables, because models have ninety million weights:
 * BigInt takes minutes for them, and pairs as arrays twenty-five seconds.
 */
export function recipeValues(
  key: string,
  seed: number,
  count: number,
  lo: number,
  hi: number,
): Float32Array {
  const start = fnv1a64(key) ^ ((BigInt(seed) * GOLDEN) & MASK);
  const values = new Float32Array(count);
  const span = hi - lo;
  let stateHigh = Number(start >> 32n) | 0;
  let stateLow = Number(start & 0xffffffffn) | 0;
  for (let i = 0; i < count; i++) {
    stateLow = (stateLow + 0x7f4a7c15) | 0;
    const carry = stateLow >>> 0 < 0x7f4a7c15 ? 1 : 0;
    stateHigh = (stateHigh + 0x9e3779b9 + carry) | 0;
    let low = stateLow ^ ((stateLow >>> 30) | (stateHigh << 2));
    let high = stateHigh ^ (stateHigh >>> 30);
    high = timesHigh(high, low, 0xbf58476d, 0x1ce4e5b9);
    low = Math.imul(low, 0x1ce4e5b9);
    low ^= (low >>> 27) | (high << 5);
    high ^= high >>> 27;
    high = timesHigh(high, low, 0x94d049bb, 0x133111eb);
    high ^= high >>> 31;
    values[i] = lo + span * ((high >>> 8) / 2 ** 24);
  }
  return values;
}

/** The upper word of the low 64 bits of a product; its lower word is `Math.imul(low, byLow)`. */
function timesHigh(high: number, low: number, byHigh: number, byLow: number): number {
  const l0 = low & 0xffff;
  const l1 = low >>> 16;
  const b0 = byLow & 0xffff;
  const b1 = byLow >>> 16;
  const p01 = Math.imul(l0, b1);
  const p10 = Math.imul(l1, b0);
  const middle = (Math.imul(l0, b0) >>> 16) + (p01 & 0xffff) + (p10 & 0xffff);
  const carried = Math.imul(l1, b1) + (p01 >>> 16) + (p10 >>> 16) + (middle >>> 16);
  return (carried + Math.imul(low, byHigh) + Math.imul(high, byLow)) | 0;
}
