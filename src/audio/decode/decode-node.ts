import type { DecodeOptions } from '../limits.js';
import type { AudioInput } from '../types.js';
import { decodeEncodedInNode } from './node-decoder.js';
import { toSamples } from './to-samples.js';

/** {@link toSamples} with Node's decoders, also where a test environment adds browser globals. */
export function decodeInNode(input: AudioInput, options?: DecodeOptions): Promise<Float32Array> {
  return toSamples(input, options, decodeEncodedInNode);
}
