import type { SpeexModule } from '@echogarden/speex-resampler-wasm';
import { VoiceprintError } from '../../errors.js';
import { disposed } from '../../lifetime/ended.js';
import { assetUrl } from '../../platform/assets.js';

/**
 * Speex quality 0 to 10. At 8, measured from 48 kHz and 44.1 kHz to 16 kHz: -0.3 dB at 7.5 kHz,
 * everything above 8.2 kHz more than 100 dB down.
 */
const QUALITY = 8;

/** Input samples that are handed to the library at once. */
const BLOCK = 8_192;

/** A mono resampler that keeps its filter state from block to block. */
export interface StreamResampler {
  /**
   * Resamples the next block, of any length.
   *
   * @returns a new array: about `block.length * to / from` samples.
   */
  push(block: Float32Array): Float32Array;
  /** The samples still inside the filter. */
  flush(): Float32Array;
  /** Gives the filter state back. Idempotent. */
  close(): void;
}

/** Heap addresses that all resamplers share: calls are synchronous, so they never overlap. */
interface Speex {
  readonly module: SpeexModule;
  readonly input: number;
  readonly output: number;
  readonly lengths: number;
  readonly outputRoom: number;
}

let loading: Promise<Speex> | undefined;

/**
 * Opens a streaming resampler on the Speex DSP library (WebAssembly, 28 KB, loaded on first use).
 *
 * @param from - Rate of the input in Hz.
 * @param to - Rate of the output in Hz.
 * @throws VoiceprintError `audio/invalid` for rates that are not positive numbers.
 */
export async function openResampler(from: number, to: number): Promise<StreamResampler> {
  for (const rate of [from, to]) {
    if (!(rate > 0 && Number.isFinite(rate))) {
      throw new VoiceprintError('audio/invalid', `cannot resample at a rate of ${rate} Hz`);
    }
  }
  loading ??= loadSpeex().catch((cause) => {
    loading = undefined;
    throw cause;
  });
  return new SpeexResampler(await loading, Math.round(from), Math.round(to));
}

async function loadSpeex(): Promise<Speex> {
  try {
    const { default: createSpeex } = await import('@echogarden/speex-resampler-wasm');
    // Named here, not left to the library, so that builds carry the file as it is: bundlers would
    // inline it as a `data:` URL, which content security policies keep from being fetched.
    const file = assetUrl('assets/speex-resampler-nonsimd.wasm').href;
    const module = await createSpeex({ locateFile: () => file });
    const outputRoom = BLOCK * 2;
    return {
      module,
      input: module._malloc(BLOCK * 4),
      output: module._malloc(outputRoom * 4),
      lengths: module._malloc(8),
      outputRoom,
    };
  } catch (cause) {
    throw new VoiceprintError(
      'backend/unavailable',
      'the resampler could not be loaded; serve its .wasm file and allow WebAssembly (script-src wasm-unsafe-eval)',
      { cause },
    );
  }
}

class SpeexResampler implements StreamResampler {
  readonly #speex: Speex;
  #state: number;

  constructor(speex: Speex, from: number, to: number) {
    this.#speex = speex;
    const { module, lengths } = speex;
    this.#state = module._speex_resampler_init(1, from, to, QUALITY, lengths);
    if (this.#state === 0) {
      throw new VoiceprintError(
        'audio/invalid',
        `cannot resample from ${from} Hz to ${to} Hz (Speex error ${module.HEAPU32[lengths >> 2]})`,
      );
    }
    module._speex_resampler_skip_zeros(this.#state);
  }

  push(block: Float32Array): Float32Array {
    const parts: Float32Array[] = [];
    let total = 0;
    let position = 0;
    while (position < block.length) {
      const { part, used } = this.#process(block.subarray(position, position + BLOCK));
      position += used;
      total += part.length;
      parts.push(part);
    }
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) return only;
    const joined = new Float32Array(total);
    let offset = 0;
    for (const part of parts) {
      joined.set(part, offset);
      offset += part.length;
    }
    return joined;
  }

  flush(): Float32Array {
    if (this.#state === 0) return new Float32Array(0);
    const latency = this.#speex.module._speex_resampler_get_input_latency(this.#state);
    return this.push(new Float32Array(latency));
  }

  close(): void {
    if (this.#state !== 0) this.#speex.module._speex_resampler_destroy(this.#state);
    this.#state = 0;
  }

  #process(block: Float32Array): { part: Float32Array; used: number } {
    if (this.#state === 0) {
      throw disposed('the resampler is closed; open another');
    }
    const { module, input, output, lengths, outputRoom } = this.#speex;
    // The heap views are read anew each time: the library replaces them when its memory grows.
    module.HEAPF32.set(block, input >> 2);
    module.HEAPU32[lengths >> 2] = block.length;
    module.HEAPU32[(lengths >> 2) + 1] = outputRoom;
    const outputLength = lengths + 4;
    const failure = module._speex_resampler_process_float(
      this.#state,
      0,
      input,
      lengths,
      output,
      outputLength,
    );
    const used = module.HEAPU32[lengths >> 2] ?? 0;
    const made = module.HEAPU32[outputLength >> 2] ?? 0;
    if (failure !== 0 || (used === 0 && made === 0)) {
      throw new VoiceprintError('audio/invalid', `resampling failed (Speex error ${failure})`);
    }
    return { part: module.HEAPF32.slice(output >> 2, (output >> 2) + made), used };
  }
}
