import type { Engine } from '../engine/types.js';
import { VoiceprintError } from '../errors.js';
import { judge } from '../scoring/judge.js';
import type { Voiceprint } from '../vault/types.js';
import { voiceOf } from '../vault/voice.js';
import { streamingVoiceprint } from '../verifier/enrollment.js';
import type { OpenMicrophone } from '../verifier/recording.js';
import { checkStreamOptions } from './options.js';
import { createStreamScorer } from './scorer.js';
import type { StreamMode, StreamOptions } from './types.js';
import { openVoiceStream, type RunningStream } from './voice-stream.js';

/** What a stream of a verifier needs of it. */
export interface SpeakerStreamParts {
  readonly engine: Engine;
  /** The engine of a streaming model beside the model. */
  readonly streaming?: Engine;
  readonly openMicrophone: OpenMicrophone;
  readonly falseAcceptRate: number;
  /** Loads whom the stream listens for. */
  readonly voiceprints: () => Promise<readonly Voiceprint[]>;
  /** Whether they were named, so that none may be left out. */
  readonly named: boolean;
}

/**
 * Opens a stream on the engine that its mode asks for.
 *
 * @throws VoiceprintError as `Verifier.stream`.
 */
export function openSpeakerStream(
  parts: SpeakerStreamParts,
  options: StreamOptions,
): RunningStream {
  const checked = checkStreamOptions(options);
  const { mode, engine } = engineFor(checked.mode, parts);
  const judging = judge(engine.manifest, {
    falseAcceptRate: checked.falseAcceptRate ?? parts.falseAcceptRate,
    threshold: checked.threshold,
    strangerPrior: checked.strangerPrior,
  });
  const voiceprints = async (): Promise<readonly Voiceprint[]> => {
    const all = await parts.voiceprints();
    return engine === parts.streaming ? streamable(all, engine, parts.named) : all;
  };
  return openVoiceStream(
    {
      engine,
      mode,
      openMicrophone: parts.openMicrophone,
      scorer: async () => createStreamScorer(judging, (await voiceprints()).map(voiceOf)),
    },
    checked,
  );
}

function engineFor(
  mode: StreamMode | undefined,
  { engine, streaming }: SpeakerStreamParts,
): { readonly mode: StreamMode; readonly engine: Engine } {
  const causal = streaming ?? (engine.manifest.streaming === undefined ? undefined : engine);
  if (mode === 'window' || (mode === undefined && causal === undefined)) {
    return { mode: 'window', engine };
  }
  if (causal !== undefined) return { mode: 'causal', engine: causal };
  throw new VoiceprintError(
    'model/unsupported',
    `mode is 'causal', but model ${engine.manifest.name} takes whole utterances only; use mode 'window', or give createVerifier a streamingModel`,
  );
}

/** Voiceprints by the embeddings of a streaming model beside the model. */
function streamable(
  voiceprints: readonly Voiceprint[],
  { manifest }: Engine,
  named: boolean,
): readonly Voiceprint[] {
  const missing: string[] = [];
  const found = voiceprints.flatMap((voiceprint) => {
    const streamed = streamingVoiceprint(voiceprint, manifest);
    if (streamed === undefined) missing.push(voiceprint.speaker);
    return streamed ?? [];
  });
  if (missing.length === 0 || (found.length > 0 && !named)) return found;
  const who = missing.map((speaker) => `"${speaker}"`).join(', ');
  throw new VoiceprintError(
    'model/mismatch',
    `${who} ${missing.length === 1 ? 'was' : 'were'} enrolled without the streaming model ${manifest.name}; enroll again with { replace: true }, or stream with mode 'window'`,
  );
}
