import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SILERO } from '../../../src/audio/speech/silero.js';
import {
  createSpeechDetector,
  type SpeechDetector,
} from '../../../src/audio/speech/speech-detector.js';
import { speechOnly } from '../../../src/audio/speech/speech-segments.js';
import type { SpeechSegment } from '../../../src/audio/types.js';
import { embedInWindows } from '../../../src/engine/encoder/embed-windows.js';
import { encode } from '../../../src/engine/encoder/run-encoder.js';
import { VoiceprintError } from '../../../src/errors.js';
import { decodeJoined, longestOf } from '../../../src/evaluate/workers/file-embedder.js';
import type { FileEmbedder } from '../../../src/evaluate/workers/file-embedding.js';
import { createFrontEnd } from '../../../src/features/index.js';
import { loadSpeechDetector, openModel } from '../../../src/models/download.js';
import { modelOf } from '../../../src/models/model.js';
import { embedLengths } from '../../../src/verifier/embed-lengths.js';
import { openNativeSession } from './native-session.js';

/** What a {@link openNativeEmbedder} embeds. */
export interface NativeEmbedderOptions {
  readonly model: string;
  readonly speechOnly: boolean;
  /** Where the speech that was found is kept: it does not depend on the model. */
  readonly segmentsFolder: string;
  /** Changes the decoded audio, such as adding noise to it; `name` is the file's path. */
  readonly distort?: Distortion;
}

/** What a condition does to 16 kHz mono samples. */
export type Distortion = (samples: Float32Array, name: string) => Promise<Float32Array>;

/** Embeds as the command's own embedder does, several times as fast. */
export async function openNativeEmbedder(options: NativeEmbedderOptions): Promise<FileEmbedder> {
  const { manifest, files } = await openModel(options.model);
  const model = modelOf(manifest);
  const frontEnd = createFrontEnd(manifest.frontEnd);
  const encoder = await openNativeSession(files.model, 1);
  const silero = await openNativeSession(await loadSpeechDetector(SILERO), 1);
  const detector = createSpeechDetector(silero);
  const embed = async (speech: Float32Array): Promise<Float32Array> => {
    const { values } = await embedInWindows(speech, model, async (window) => ({
      values: await encode(encoder, manifest, frontEnd.compute(window)),
      featuresMilliseconds: 0,
      encoderMilliseconds: 0,
    }));
    return values;
  };
  return {
    async embed(file, lengths) {
      try {
        const decoded = await decodeJoined(file, longestOf(lengths));
        const name = typeof file === 'string' ? file : (file[0] ?? '');
        const samples = (await options.distort?.(decoded, name)) ?? decoded;
        const speech = options.speechOnly
          ? speechOnly(samples, await segmentsOf(samples, detector, options.segmentsFolder))
          : samples;
        return { kind: 'embedded', embeddings: await embedLengths(speech, lengths, embed) };
      } catch (error) {
        if (error instanceof VoiceprintError && error.code.startsWith('audio/')) {
          return { kind: 'unreadable', reason: error.message };
        }
        throw error;
      }
    },
    async close() {
      await Promise.all([encoder.dispose(), silero.dispose()]);
    },
  };
}

async function segmentsOf(
  samples: Float32Array,
  detector: SpeechDetector,
  folder: string,
): Promise<readonly SpeechSegment[]> {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  const path = join(folder, `${createHash('sha256').update(bytes).digest('hex')}.json`);
  const kept = await readFile(path, 'utf8').catch(() => undefined);
  if (kept !== undefined) return JSON.parse(kept);
  const segments = await detector.detect(samples);
  await mkdir(folder, { recursive: true });
  // Renamed into place, so that an interrupted run leaves no half file.
  await writeFile(`${path}.${process.pid}`, JSON.stringify(segments));
  await rename(`${path}.${process.pid}`, path);
  return segments;
}
