/** Largest finite IEEE 754 half. */
export const LARGEST_HALF = 65504;

const bits = new Uint32Array(1);
const single = new Float32Array(bits.buffer);

/**
 * Bits of the nearest IEEE 754 half (ties to even) of a float32. Values beyond
 * {@link LARGEST_HALF} become infinite: check first where that would harm.
 */
export function toHalfBits(value: number): number {
  single[0] = value;
  const word = bits[0] ?? 0;
  const sign = (word >>> 16) & 0x8000;
  const exponent = (word >>> 23) & 0xff;
  const mantissa = word & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (mantissa === 0 ? 0 : 0x200);
  const halfExponent = exponent - 112;
  if (halfExponent <= 0) {
    // Subnormal: shift the mantissa with its hidden bit down to units of 2^-24.
    if (halfExponent < -10) return sign;
    return sign | roundedShift(mantissa | 0x800000, 14 - halfExponent);
  }
  // A carry out of the mantissa raises the exponent, which is the wanted result, up to infinity.
  const rounded = (halfExponent << 10) + roundedShift(mantissa, 13);
  return sign | Math.min(rounded, 0x7c00);
}

function roundedShift(value: number, shift: number): number {
  const floor = value >>> shift;
  const rest = value - floor * 2 ** shift;
  const half = 2 ** (shift - 1);
  return rest > half || (rest === half && (floor & 1) === 1) ? floor + 1 : floor;
}
