/** One mutated audio file, and how it came to be: enough to make it again. */
export interface MutatedAudio {
  /** Name of the seed file. */
  readonly from: string;
  /** What was done to it, in order. */
  readonly mutations: readonly string[];
  /** Number of the input: with the same seed and files it is the same bytes. */
  readonly index: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Options of {@link mutatedAudio}. */
export interface MutateOptions {
  /** Seed of the whole sequence. @defaultValue 1 */
  readonly seed?: number;
  /** Mutations of one input at most. @defaultValue 4 */
  readonly mutations?: number;
  /** First input that is given: an input found in a long run is made again alone. @defaultValue 0 */
  readonly from?: number;
}

/** Defaults of {@link MutateOptions}. */
const MUTATE_DEFAULTS = { seed: 1, mutations: 4, from: 0 } as const satisfies MutateOptions;

/** Bytes at the beginning of a file that its header lies in, about. */
const HEADER = 96;

/** Largest file that a mutation makes of another. */
const LARGEST = 1 << 20;

/** Numbers at the edges of what a field holds. */
const EDGES = [
  0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
];

/** A number from 0 up to, and without, `below`. */
type Draw = (below: number) => number;

/** What is done to the bytes of a file; its name stands in reports. */
type Mutation = (
  bytes: Uint8Array<ArrayBuffer>,
  draw: Draw,
  others: readonly Uint8Array[],
) => Uint8Array<ArrayBuffer>;

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'flip a bit': (bytes, draw) => {
    const at = draw(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << draw(8));
    return bytes;
  },
  'flip a bit of the header': (bytes, draw) => {
    const at = draw(Math.min(HEADER, bytes.length));
    bytes[at] = (bytes[at] ?? 0) ^ (1 << draw(8));
    return bytes;
  },
  'write a number into the header': (bytes, draw) => {
    const width = [1, 2, 4][draw(3)] ?? 1;
    const at = draw(Math.max(1, Math.min(HEADER, bytes.length) - width));
    const value = EDGES[draw(EDGES.length)] ?? 0;
    const little = draw(2) === 0;
    for (let i = 0; i < width && at + i < bytes.length; i++) {
      bytes[at + i] = Math.floor(value / 256 ** (little ? i : width - 1 - i)) % 256;
    }
    return bytes;
  },
  'fill a stretch': (bytes, draw) => {
    const at = draw(bytes.length);
    return bytes.fill(EDGES[draw(6)] ?? 0, at, at + draw(1_000));
  },
  'cut the end off': (bytes, draw) => bytes.slice(0, draw(bytes.length) + 1),
  'cut the beginning off': (bytes, draw) => bytes.slice(draw(bytes.length)),
  'cut a stretch out': (bytes, draw) => {
    const at = draw(bytes.length);
    return joined(bytes.subarray(0, at), bytes.subarray(at + draw(1_000)));
  },
  'repeat a stretch': (bytes, draw) => {
    const at = draw(bytes.length);
    return joined(bytes.subarray(0, at + draw(1_000)), bytes.subarray(at));
  },
  'join it to another': (bytes, draw, others) =>
    joined(bytes, others[draw(others.length)] ?? bytes),
  'put another header on it': (bytes, draw, others) => {
    const other = others[draw(others.length)] ?? bytes;
    const at = draw(HEADER);
    return joined(other.subarray(0, at), bytes.subarray(at));
  },
  'put a tag before it': (bytes, draw) =>
    joined(Uint8Array.of(0x49, 0x44, 0x33, 3, 0, 0, draw(2) * 127, 0, draw(2), draw(128)), bytes),
};

const NAMES = Object.keys(MUTATIONS);

/**
 * Mutated audio files without end, the same for the same seed and files.
 *
 * @param files - Good files by name, small ones of as many kinds as there are.
 */
export function* mutatedAudio(
  files: ReadonlyMap<string, Uint8Array>,
  options: MutateOptions = {},
): Generator<MutatedAudio, never> {
  const { seed, mutations, from } = { ...MUTATE_DEFAULTS, ...options };
  const names = [...files.keys()];
  const others = [...files.values()];
  for (let index = from; ; index++) {
    const draw = drawer(seed, index);
    const name = names[draw(names.length)] ?? '';
    let bytes = new Uint8Array(files.get(name) ?? []);
    const done: string[] = [];
    for (let count = 1 + draw(mutations); count > 0 && bytes.length > 0; count--) {
      const mutation = NAMES[draw(NAMES.length)] ?? '';
      bytes = (MUTATIONS[mutation]?.(bytes, draw, others) ?? bytes).slice(0, LARGEST);
      done.push(mutation);
    }
    yield { from: name, mutations: done, index, bytes };
  }
}

/** Numbers of one input: mulberry32 from its seed and place, so that inputs do not hang together. */
function drawer(seed: number, index: number): Draw {
  let state = (Math.imul(seed, 0x9e37_79b1) ^ Math.imul(index + 1, 0x85eb_ca6b)) >>> 0;
  return (below) => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
