import type { AudioInput } from '../audio/types.js';
import type { Engine } from '../engine/types.js';
import { VoiceprintError } from '../errors.js';
import { stopIfCancelled } from './call-options.js';
import { ENROLLMENT_DEFAULTS } from './options.js';
import type { EnrollOptions, QualityReport } from './types.js';
import {
  type Decode,
  type EmbeddedUtterance,
  embeddedPieces,
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
  parts: { readonly engine: Engine; readonly decode: Decode },
  utterances: AudioInput | readonly AudioInput[],
  { onProgress, signal }: EnrollOptions,
): Promise<EnrollmentSpeech> {
  const { engine, decode } = parts;
  const [model] = engine.models;
  const inputs: readonly AudioInput[] = isList(utterances) ? utterances : [utterances];
  if (inputs.length === 0) {
    throw new VoiceprintError('verifier/invalid', 'no utterances to enroll; give at least one');
  }
  // Long utterances in pieces: their consistency can be judged, and the voiceprint averages over more.
  const seconds = Math.max(ENROLLMENT_DEFAULTS.pieceSeconds, model?.minimumSeconds ?? 0);
  const added: EnrollmentSpeech['added'][number][] = [];
  const labels: string[] = [];
  const quality: QualityReport[] = [];
  for (const [index, input] of inputs.entries()) {
    onProgress?.(index / inputs.length);
    stopIfCancelled(signal);
    const label =
      inputs.length === 1 ? 'the recording' : `utterance ${index + 1} of ${inputs.length}`;
    const utterance = await readUtterance(engine, decode, input, {
      cut: { kind: 'equal', seconds },
    });
    refuseUnusable(utterance, label);
    quality.push(utterance.quality);
    stopIfCancelled(signal);
    labels.push(label);
    for (const piece of embeddedPieces(utterance, model?.sha256 ?? '')) {
      added.push({ ...piece, utterance: index });
    }
  }
  return { added, labels, quality };
}

function isList(value: AudioInput | readonly AudioInput[]): value is readonly AudioInput[] {
  return Array.isArray(value);
}
