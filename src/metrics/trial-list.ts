import { VoiceprintError } from '../errors.js';

/** A trial list with every file name held once: 9 bytes a trial, so that ten million fit. */
export interface TrialList {
  /** Names as the list gives them, in order of first mention. */
  readonly files: readonly string[];
  /** Positions in `files`. */
  readonly enroll: Uint32Array;
  /** Index into `files` of the tested side, by trial. */
  readonly test: Uint32Array;
  /** 1 for a target trial, 0 for a nontarget one. */
  readonly labels: Uint8Array;
  /** How many trials are target trials. */
  readonly targets: number;
  /** Trials that repeat an earlier pair of the same order; they are kept and counted. */
  readonly duplicates: number;
}

const NUMBER_LABELS = new Map<string, 0 | 1>([
  ['1', 1],
  ['0', 0],
]);
const WORD_LABELS = new Map<string, 0 | 1>([
  ['target', 1],
  ['nontarget', 0],
]);

// A file without line ends is no trial list, and must not be gathered in memory to find out.
const MAXIMUM_LINE = 16_384;

/**
 * Reads a trial list piece by piece: `1 enroll test` / `0 enroll test` (VoxCeleb) or
 * `enroll test target|nontarget`, the same throughout a list. Fields are separated by white space;
 * in a line with tabs, by tabs alone, so that names may hold spaces. Blank lines and Windows line
 * ends are taken.
 *
 * @param chunks - The text in pieces of any size (a Node stream with an encoding, or a browser
 *   stream through `TextDecoderStream`).
 * @throws VoiceprintError `trials/malformed`, naming the line, for missing or surplus fields, an
 *   unknown label, a list without trials, or a pair that is listed as target and as nontarget.
 */
export async function readTrialList(
  chunks: AsyncIterable<string> | Iterable<string>,
): Promise<TrialList> {
  const reader = new TrialListReader();
  for await (const chunk of chunks) reader.push(chunk);
  return reader.finish();
}

class TrialListReader {
  readonly #files = new Map<string, number>();
  #enroll = new Uint32Array(1024);
  #test = new Uint32Array(1024);
  #labels = new Uint8Array(1024);
  #count = 0;
  #line = 0;
  #rest = '';
  #labelFirst: boolean | undefined;

  push(chunk: string): void {
    const text = this.#rest + chunk;
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      this.#readLine(text.slice(start, end));
      start = end + 1;
    }
    this.#rest = text.slice(start);
    if (this.#rest.length > MAXIMUM_LINE) {
      throw malformed(
        this.#line + 1,
        `is longer than ${MAXIMUM_LINE} characters; this is no trial list`,
      );
    }
  }

  finish(): TrialList {
    if (this.#rest !== '') this.#readLine(this.#rest);
    if (this.#count === 0) {
      throw new VoiceprintError(
        'trials/malformed',
        'the trial list is empty; give lines such as "1 enroll.wav test.wav"',
      );
    }
    const files = [...this.#files.keys()];
    const enroll = this.#enroll.slice(0, this.#count);
    const test = this.#test.slice(0, this.#count);
    const labels = this.#labels.slice(0, this.#count);
    const targets = labels.reduce((sum, label) => sum + label, 0);
    return {
      files,
      enroll,
      test,
      labels,
      targets,
      duplicates: repeats(files, enroll, test, labels),
    };
  }

  #readLine(raw: string): void {
    this.#line++;
    const line = (this.#line === 1 ? raw.replace(/^\ufeff/, '') : raw).trim();
    if (line === '') return;
    const fields = line.includes('\t')
      ? line.split('\t').map((field) => field.trim())
      : line.split(/\s+/);
    const [first = '', second = '', third = ''] = fields;
    if (fields.length !== 3 || first === '' || second === '' || third === '') {
      throw malformed(
        this.#line,
        `has ${fields.length} fields (${shorten(line)}), expected 3; separate fields by tabs where names hold spaces`,
      );
    }
    this.#labelFirst ??= NUMBER_LABELS.has(first);
    const label = this.#labelFirst ? NUMBER_LABELS.get(first) : WORD_LABELS.get(third);
    if (label === undefined) {
      throw malformed(
        this.#line,
        this.#labelFirst
          ? `begins with ${shorten(first)}, expected 1 (same speaker) or 0 as in the first line`
          : `ends with ${shorten(third)}, expected "target" or "nontarget"; or begin every line with 1 or 0`,
      );
    }
    this.#add(
      this.#fileIndex(this.#labelFirst ? second : first),
      this.#fileIndex(this.#labelFirst ? third : second),
      label,
    );
  }

  #fileIndex(name: string): number {
    const known = this.#files.get(name);
    if (known !== undefined) return known;
    const index = this.#files.size;
    // A copy: a slice would keep the whole chunk that it was cut from in memory.
    this.#files.set(String(JSON.parse(JSON.stringify(name))), index);
    return index;
  }

  #add(enroll: number, test: number, label: 0 | 1): void {
    if (this.#count === this.#labels.length) {
      const size = this.#count * 2;
      this.#enroll = grown(new Uint32Array(size), this.#enroll);
      this.#test = grown(new Uint32Array(size), this.#test);
      this.#labels = grown(new Uint8Array(size), this.#labels);
    }
    this.#enroll[this.#count] = enroll;
    this.#test[this.#count] = test;
    this.#labels[this.#count] = label;
    this.#count++;
  }
}

function grown<T extends Uint32Array | Uint8Array>(larger: T, values: T): T {
  larger.set(values);
  return larger;
}

/** Counts repeated pairs by sorting, which needs a tenth of the memory of a set of them. */
function repeats(
  files: readonly string[],
  enroll: Uint32Array,
  test: Uint32Array,
  labels: Uint8Array,
): number {
  const keys = new Float64Array(enroll.length);
  for (let i = 0; i < keys.length; i++) {
    keys[i] = ((enroll[i] ?? 0) * files.length + (test[i] ?? 0)) * 2 + (labels[i] ?? 0);
  }
  keys.sort();
  let duplicates = 0;
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] ?? 0;
    const before = keys[i - 1] ?? 0;
    if (key === before) duplicates++;
    else if (key === before + 1 && before % 2 === 0) {
      const pair = before / 2;
      throw new VoiceprintError(
        'trials/malformed',
        `the pair ${files[Math.floor(pair / files.length)]} ${files[pair % files.length]} is listed as target and as nontarget; keep the right one`,
      );
    }
  }
  return duplicates;
}

function shorten(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

function malformed(line: number, what: string): VoiceprintError {
  return new VoiceprintError('trials/malformed', `line ${line} of the trial list ${what}`);
}
