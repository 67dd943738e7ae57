/** From ink through the accent to a pale yellow: luminance rises evenly, so it also prints. */
const STOPS: readonly (readonly [number, number, number])[] = [
  [6, 17, 14],
  [9, 52, 60],
  [7, 101, 98],
  [22, 158, 130],
  [98, 214, 150],
  [232, 250, 178],
];

const TABLE: readonly (readonly [number, number, number, number])[] = Array.from(
  { length: 256 },
  (_, index) => {
    const place = (index / 255) * (STOPS.length - 1);
    const left = STOPS[Math.floor(place)] ?? [0, 0, 0];
    const right = STOPS[Math.min(STOPS.length - 1, Math.floor(place) + 1)] ?? left;
    const part = place - Math.floor(place);
    const mix = (a: number, b: number): number => Math.round(a + (b - a) * part);
    return [mix(left[0], right[0]), mix(left[1], right[1]), mix(left[2], right[2]), 255];
  },
);

const BLACK = [0, 0, 0, 255] as const;

/** RGBA of a value from 0 to 1; values outside are clamped. */
export function colourOf(value: number): readonly [number, number, number, number] {
  const index = Math.round(Math.min(1, Math.max(0, value)) * 255);
  return TABLE[index] ?? BLACK;
}
