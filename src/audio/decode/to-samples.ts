import { VoiceprintError } from '../../errors.js';
import { stopIfAborted } from '../../lifetime/ended.js';
import { isNode } from '../../platform/environment.js';
import { DECODE_DEFAULTS, type DecodeOptions, SAMPLE_RATE } from '../limits.js';
import type { AudioInput, PcmAudio } from '../types.js';
import {
  checkDuration,
  checkSampleRate,
  checkSamples,
  clampSamples,
  type DecodedAudio,
  mixToMono,
} from './channels.js';
import { decodeEncodedInBrowser } from './decode-browser.js';
import { type DecodeEncoded, decodeFile } from './decode-file.js';
import { decodeEncodedInNode } from './node-decoder.js';
import { readBytes } from './read-bytes.js';
import { resample } from './resample.js';

type DecodeLimits = DecodeOptions & { maximumSeconds: number; maximumBytes: number };

/**
 * Turns any audio into 16 kHz mono PCM in [-1, 1].
 *
 * Channels are mixed by their mean (see {@link mixToMono} for anti-phase ones); other rates are
 * resampled behind a low-pass; overshoot is limited to [-1, 1]. Samples at 16 kHz in one channel
 * come back unchanged, in a copy.
 *
 * @param input - An encoded file (Blob, File, bytes, or its address), an AudioBuffer, or samples
 * with their rate.
 * @param decodeEncoded - Decodes files that are not linear samples; by default the browser's
 * decoders, or the packages that Node uses.
 * @throws VoiceprintError `audio/invalid`, `audio/undecodable`, `audio/too-long`, and
 * `aborted` when `signal` aborts.
 */
export async function toSamples(
  input: AudioInput,
  options: DecodeOptions = {},
  decodeEncoded: DecodeEncoded = decodeHere,
): Promise<Float32Array> {
  const limits: DecodeLimits = { ...DECODE_DEFAULTS, ...options };
  stopIfAborted(options.signal, 'reading the audio was stopped');
  const { channels, sampleRate } = await decodedAudio(input, limits, decodeEncoded);
  stopIfAborted(options.signal, 'reading the audio was stopped');
  checkSampleRate(sampleRate);
  checkDuration((channels[0]?.length ?? 0) / sampleRate, limits.maximumSeconds);
  for (const channel of channels) checkSamples(channel);
  const mono = mixToMono(channels);
  const samples = await resample(mono, sampleRate, SAMPLE_RATE);
  return clampSamples(samples === mono ? mono.slice() : samples);
}

async function decodedAudio(
  input: AudioInput,
  limits: DecodeLimits,
  decodeEncoded: DecodeEncoded,
): Promise<DecodedAudio> {
  if (isPcm(input)) return { channels: [input.samples], sampleRate: input.sampleRate };
  if (isAudioBuffer(input)) {
    const channels = Array.from({ length: input.numberOfChannels }, (_, i) =>
      input.getChannelData(i),
    );
    return { channels, sampleRate: input.sampleRate };
  }
  if (!isEncoded(input)) {
    throw new VoiceprintError(
      'audio/invalid',
      `cannot take ${nameOf(input)} as audio; give a Blob, an address, an AudioBuffer, the bytes of a file, or { samples: Float32Array, sampleRate }`,
    );
  }
  return decodeFile(await readBytes(input, limits), limits, decodeEncoded);
}

const decodeHere: DecodeEncoded = (file, limits) =>
  isNode() && typeof OfflineAudioContext === 'undefined'
    ? decodeEncodedInNode(file, limits)
    : decodeEncodedInBrowser(file, limits);

function isPcm(input: unknown): input is PcmAudio {
  return (
    isObject(input) && input.samples instanceof Float32Array && typeof input.sampleRate === 'number'
  );
}

/** By shape, so that buffers of other frames and of polyfills pass too. */
function isAudioBuffer(input: unknown): input is AudioBuffer {
  return isObject(input) && typeof input.getChannelData === 'function';
}

function isEncoded(input: unknown): input is Blob | URL | string | ArrayBuffer | Uint8Array {
  return (
    typeof input === 'string' ||
    input instanceof URL ||
    input instanceof ArrayBuffer ||
    input instanceof Uint8Array ||
    (typeof Blob !== 'undefined' && input instanceof Blob)
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function nameOf(value: unknown): string {
  if (!isObject(value)) return String(value);
  return `an object of type ${value.constructor?.name ?? 'unknown'}`;
}
