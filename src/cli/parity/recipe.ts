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
 * Values of a tensor by the reference's recipe: splitmix64 seeded by the key, the upper 24 bits of
 * each number mapped to [lo, hi) in float64 and rounded to float32.
 */
export function recipeValues(
  key: string,
  seed: number,
  count: number,
  lo: number,
  hi: number,
): Float32Array {
  const start = fnv1a64(key) ^ ((BigInt(seed) * GOLDEN) & MASK);
  const generator = new SplitMix64(start);
  const values = new Float32Array(count);
  const span = hi - lo;
  for (let i = 0; i < count; i++) values[i] = lo + span * (generator.upper24() / 2 ** 24);
  return values;
}

/**
 * splitmix64 (Steele, Lea and Flood, OOPSLA 2014) on pairs of 32-bit words: BigInt would take
 * minutes for twenty million weights.
 */
class SplitMix64 {
  private high: number;
  private low: number;

  constructor(state: bigint) {
    this.high = Number(state >> 32n);
    this.low = Number(state & 0xffffffffn);
  }

  upper24(): number {
    const sum = this.low + 0x7f4a7c15;
    this.low = sum >>> 0;
    this.high = (this.high + 0x9e3779b9 + (sum > 0xffffffff ? 1 : 0)) >>> 0;
    let [high, low] = [this.high, this.low];
    [high, low] = xorShift(high, low, 30);
    [high, low] = multiply(high, low, 0xbf58476d, 0x1ce4e5b9);
    [high, low] = xorShift(high, low, 27);
    [high, low] = multiply(high, low, 0x94d049bb, 0x133111eb);
    [high] = xorShift(high, low, 31);
    return high >>> 8;
  }
}

function xorShift(high: number, low: number, by: number): [number, number] {
  return [(high ^ (high >>> by)) >>> 0, (low ^ ((low >>> by) | (high << (32 - by)))) >>> 0];
}

/** The low 64 bits of a product. */
function multiply(high: number, low: number, byHigh: number, byLow: number): [number, number] {
  const [l0, l1] = [low & 0xffff, low >>> 16];
  const [b0, b1] = [byLow & 0xffff, byLow >>> 16];
  const p00 = l0 * b0;
  const p01 = l0 * b1;
  const p10 = l1 * b0;
  const middle = (p00 >>> 16) + (p01 & 0xffff) + (p10 & 0xffff);
  const carried = l1 * b1 + (p01 >>> 16) + (p10 >>> 16) + (middle >>> 16);
  const lowWord = ((p00 & 0xffff) | (middle << 16)) >>> 0;
  const highWord = (carried + Math.imul(low, byHigh) + Math.imul(high, byLow)) >>> 0;
  return [highWord, lowWord];
}
