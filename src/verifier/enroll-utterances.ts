import type { AudioInput } from '../audio/types.js';
import type { Engine } from '../engine/types.js';
import { VoiceprintError } from '../errors.js';
import { stopIfCancelled } from './call-options.js';
import { enrollmentPieces } from './enrollment.js';
import type { EnrollOptions, QualityReport } from './types.js';
import {
  type Decode,
  type EmbeddedUtterance,
  embedUtterance,
  readUtterance,
  refuseUnusable,
} from './utterance.js';

/** What was heard for an enrollment. */
export interface EnrollmentSpeech {
  /** Long utterances in pieces, each with the position of the utterance that it is of. */
  readonly added: readonly (EmbeddedUtterance & { readonly utterance: number })[];
  /** How messages call each utterance. */
  readonly labels: readonly string[];
  /** One per utterance. */
  readonly quality: readonly QualityReport[];
}

/**
 * Reads, judges and embeds utterances, one after the other; the first that is unusable ends it.
 *
 * @throws VoiceprintError `verifier/invalid` for none, `aborted`, `audio/*` naming the
 *   utterance.
 */
export async function embedEnrollment(
  parts: { readonly engine: Engine; readonly streaming?: Engine; readonly decode: Decode },
  utterances: AudioInput | readonly AudioInput[],
  { onProgress, signal }: EnrollOptions,
): Promise<EnrollmentSpeech> {
  const { engine, streaming, decode } = parts;
  const inputs: readonly AudioInput[] = isList(utterances) ? utterances : [utterances];
  if (inputs.length === 0) {
    throw new VoiceprintError('verifier/invalid', 'no utterances to enroll; give at least one');
  }
  const steps = inputs.length * 2;
  const added: EnrollmentSpeech['added'][number][] = [];
  const labels: string[] = [];
  const quality: QualityReport[] = [];
  for (const [index, input] of inputs.entries()) {
    onProgress?.((index * 2) / steps);
    stopIfCancelled(signal);
    const label =
      inputs.length === 1 ? 'the recording' : `utterance ${index + 1} of ${inputs.length}`;
    const utterance = await readUtterance(engine, decode, input);
    refuseUnusable(utterance, label);
    quality.push(utterance.quality);
    onProgress?.((index * 2 + 1) / steps);
    labels.push(label);
    for (const piece of enrollmentPieces(utterance, engine.manifest)) {
      stopIfCancelled(signal);
      added.push({ ...(await embedUtterance(engine, piece, streaming)), utterance: index });
    }
  }
  return { added, labels, quality };
}

function isList(value: AudioInput | readonly AudioInput[]): value is readonly AudioInput[] {
  return Array.isArray(value);
}
