import { SAMPLE_RATE } from '../../audio/limits.js';
import { VoiceprintError } from '../../errors.js';
import { asyncDispose } from '../../lifetime/async-dispose.js';
import { aborted } from '../../lifetime/ended.js';
import type { Model } from '../../models/model.js';
import type { Encoder, EncoderFactory, EncoderRequest } from './types.js';

/**
 * Opens an encoder of the caller's own and holds it to what it says of itself. An abort takes effect
 * at once, whether the factory heeds the signal or not; what comes late is closed.
 *
 * @throws VoiceprintError `aborted`, `verifier/invalid` when the encoder describes its model badly,
 *   and whatever the factory throws.
 */
export async function openGivenEncoder(
  factory: EncoderFactory,
  request: EncoderRequest,
): Promise<Encoder> {
  const { signal } = request;
  const given = (): VoiceprintError => aborted('loading was aborted by the caller', signal?.reason);
  if (signal?.aborted === true) throw given();
  const opening = factory(request);
  let stop: () => void = () => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => reject(given());
    signal?.addEventListener('abort', stop, { once: true });
  });
  try {
    return holdToModel(await Promise.race([opening, stopped]));
  } catch (error) {
    opening.then((late) => late[asyncDispose]()).catch(() => undefined);
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/**
 * The same encoder, refusing less speech than its model needs and embeddings of another size.
 *
 * @throws VoiceprintError `verifier/invalid` when it describes its model badly.
 */
export function holdToModel(encoder: Encoder): Encoder {
  const { model } = encoder;
  refuseModel(model);
  const openStream = encoder.openStream?.bind(encoder);
  return {
    model,
    get backend() {
      return encoder.backend;
    },
    async encode(speech) {
      const seconds = speech.length / SAMPLE_RATE;
      if (seconds < model.minimumSeconds) {
        throw new VoiceprintError(
          'audio/too-short',
          `${seconds.toFixed(2)} s of speech, the model needs ${model.minimumSeconds} s; give more speech`,
        );
      }
      const encoded = await encoder.encode(speech);
      if (encoded.values.length === model.embeddingSize) return encoded;
      throw new VoiceprintError(
        'model/mismatch',
        `${model.name} gave ${encoded.values.length} values, its description says ${model.embeddingSize}`,
      );
    },
    ...(openStream === undefined ? {} : { openStream }),
    [asyncDispose]: async () => encoder[asyncDispose](),
  };
}

function refuseModel(model: Model): void {
  const { name, sha256, embeddingSize, minimumSeconds, recommendedSeconds } = model;
  const invalid = (what: string): VoiceprintError =>
    new VoiceprintError('verifier/invalid', `the encoder's model: ${what}`);
  if (name === '') throw invalid('name is empty; give what voiceprints are to be labelled with');
  if (!/^[0-9a-f]{64}$/.test(sha256)) {
    throw invalid(`sha256 is ${JSON.stringify(sha256)}; give 64 lower-case hexadecimal digits`);
  }
  if (!Number.isInteger(embeddingSize) || embeddingSize < 1) {
    throw invalid(`embeddingSize is ${embeddingSize}; give a whole number from 1`);
  }
  if (!(minimumSeconds > 0 && recommendedSeconds >= minimumSeconds)) {
    throw invalid(
      `minimumSeconds is ${minimumSeconds} and recommendedSeconds ${recommendedSeconds}; give 0 < minimum <= recommended`,
    );
  }
  for (const { falseAcceptRate, score } of model.thresholds) {
    if (!(falseAcceptRate > 0 && falseAcceptRate < 1 && score >= -1 && score <= 1)) {
      throw invalid(
        `a threshold has falseAcceptRate ${falseAcceptRate} and score ${score}; give a rate between 0 and 1 and a cosine`,
      );
    }
  }
  let last = 0;
  for (const { maximumSeconds, scale, offset } of model.calibration) {
    const limit = maximumSeconds ?? Number.POSITIVE_INFINITY;
    if (!(limit > last && scale > 0 && Number.isFinite(scale) && Number.isFinite(offset))) {
      throw invalid(
        `a calibration entry has maximumSeconds ${maximumSeconds}, scale ${scale} and offset ${offset}; give rising limits, a positive scale and a finite offset`,
      );
    }
    last = limit;
  }
}
