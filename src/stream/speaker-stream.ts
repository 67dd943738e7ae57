import type { OpenMicrophone } from '../audio/microphone/open-microphone.js';
import type { Engine } from '../engine/types.js';
import { VoiceprintError } from '../errors.js';
import type { Model } from '../models/model.js';
import { judge } from '../scoring/judge.js';
import type { Voiceprint } from '../vault/types.js';
import { type SpeakerVoice, voiceOf } from '../vault/voice.js';
import { checkStreamOptions } from './options.js';
import { createStreamScorer } from './scorer.js';
import type { StreamMode, StreamOptions } from './types.js';
import { openVoiceStream, type RunningStream } from './voice-stream.js';

/** What a stream of a verifier needs of it. */
export interface SpeakerStreamParts {
  /** Its first model decides; a second one is the streaming model beside it. */
  readonly engine: Engine;
  readonly openMicrophone: OpenMicrophone;
  readonly falseAcceptRate: number;
  /** Loads whom the stream listens for. */
  readonly voiceprints: () => Promise<readonly Voiceprint[]>;
  /** Whether they were named, so that none may be left out. */
  readonly named: boolean;
}

/**
 * Opens a stream by the model that its mode asks for.
 *
 * @throws VoiceprintError as `Verifier.stream`.
 */
export function openSpeakerStream(
  parts: SpeakerStreamParts,
  options: StreamOptions,
): RunningStream {
  const { engine, openMicrophone, falseAcceptRate, named } = parts;
  const checked = checkStreamOptions(options);
  const { mode, model } = modelFor(checked.mode, engine.models);
  const judging = judge(model, {
    falseAcceptRate: checked.falseAcceptRate ?? falseAcceptRate,
    threshold: checked.threshold,
    strangerPrior: checked.strangerPrior,
  });
  const voices = async () => heardBy(await parts.voiceprints(), model, named);
  return openVoiceStream(
    {
      engine,
      mode,
      model: model.sha256,
      openMicrophone,
      scorer: async () => createStreamScorer(judging, await voices()),
    },
    checked,
  );
}

function modelFor(
  mode: StreamMode | undefined,
  [model, beside]: readonly Model[],
): { readonly mode: StreamMode; readonly model: Model } {
  if (model === undefined) throw new VoiceprintError('model/unsupported', 'there is no model');
  const causal = [beside, model].find((one) => one?.streaming === true);
  if (mode === 'window' || (mode === undefined && causal === undefined)) {
    return { mode: 'window', model };
  }
  if (causal !== undefined) return { mode: 'causal', model: causal };
  throw new VoiceprintError(
    'model/unsupported',
    `mode is 'causal', but model ${model.name} takes whole utterances only; use mode 'window', or give createVerifier a streamingModel`,
  );
}

/** Voiceprints by the embeddings of one model; people whom it never heard may be left out. */
function heardBy(
  voiceprints: readonly Voiceprint[],
  model: Model,
  named: boolean,
): readonly SpeakerVoice[] {
  const voices = voiceprints.map((voiceprint) => voiceOf(voiceprint, model.sha256));
  const found = voices.filter(({ embeddings }) => embeddings.length > 0);
  const missing = voices.filter(({ embeddings }) => embeddings.length === 0);
  if (missing.length === 0 || (found.length > 0 && !named)) return found;
  const who = missing.map(({ speaker }) => `"${speaker}"`).join(', ');
  throw new VoiceprintError(
    'model/mismatch',
    `${who} ${missing.length === 1 ? 'was' : 'were'} enrolled without the streaming model ${model.name}; enroll again with { replace: true }, or stream with mode 'window'`,
  );
}
