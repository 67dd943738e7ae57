import { transferHandlers } from 'comlink';
import type { GatedSpeech } from '../../audio/speech/gate-stream.js';
import { VoiceprintError, type VoiceprintErrorCode } from '../../errors.js';
import type { ModelFiles } from '../../models/given-files.js';
import type { BackendReport } from '../../runtime/types.js';
import type { LoadProgress } from '../../verifier/types.js';
import type { EngineVoiceOptions, VoiceStep } from '../live/types.js';
import type {
  Analysis,
  EncodedSpeech,
  EngineModel,
  EngineOptions,
  SpeechEngineOptions,
  SpeechProgress,
} from '../types.js';

/** Engine options that can be sent to a worker. */
export type WireOptions = Omit<EngineOptions, 'model' | 'onProgress' | 'signal'> & {
  readonly model: string | ModelFiles;
};

/** What the worker's engine says about itself once it is open. */
export interface WireEngine {
  readonly manifest: EngineModel;
  readonly backend: BackendReport;
}

/** The worker's side of an engine. Sample buffers are transferred to it, embeddings from it. */
export interface EngineWorkerApi {
  open(options: WireOptions, onProgress: (progress: LoadProgress) => void): Promise<WireEngine>;
  /** Opens speech detection only; `embed` is refused then. */
  openSpeech(options: Omit<SpeechEngineOptions, 'signal'>): Promise<BackendReport>;
  analyse(samples: Float32Array, minimumSpeechSeconds?: number): Promise<Analysis>;
  embed(speech: Float32Array): Promise<EncodedSpeech>;
  /** Where the last embedding was computed: an engine can move off the graphics device. */
  backend(): Promise<BackendReport>;
  /** @returns the number that the stream is called by. */
  openStream(): Promise<number>;
  pushStream(stream: number, samples: Float32Array): Promise<SpeechProgress>;
  closeStream(stream: number): Promise<void>;
  /** @returns the number that the gate is called by. */
  openGate(): Promise<number>;
  pushGate(gate: number, samples: Float32Array): Promise<GatedSpeech>;
  resetGate(gate: number): Promise<void>;
  closeGate(gate: number): Promise<void>;
  /** @returns the number that the live stream is called by. */
  openVoice(options: EngineVoiceOptions): Promise<number>;
  /** The buffer of `samples` is transferred, and comes back with the answer. */
  pushVoice(voice: number, samples: Float32Array, length: number): Promise<VoiceStep>;
  endVoiceTurn(voice: number, keepSeconds: number): Promise<void>;
  resetVoice(voice: number): Promise<void>;
  closeVoice(voice: number): Promise<void>;
  dispose(): Promise<void>;
}

interface WireError {
  readonly voiceprint: true;
  readonly code: VoiceprintErrorCode;
  readonly message: string;
  readonly stack: string | undefined;
  readonly cause: string | undefined;
}

interface Thrown {
  readonly value: unknown;
}

let handled = false;

/**
 * Lets a {@link VoiceprintError} keep its class and code on its way through comlink, which by
 * itself keeps an error's name and message only. Anything else goes comlink's own way, also for
 * others that share this copy of comlink.
 */
export function handleVoiceprintErrors(): void {
  const original = transferHandlers.get('throw');
  if (handled || original === undefined) return;
  handled = true;
  transferHandlers.set('throw', {
    canHandle: original.canHandle,
    serialize(thrown: Thrown) {
      return thrown.value instanceof VoiceprintError
        ? [toWire(thrown.value), []]
        : original.serialize(thrown);
    },
    deserialize(wire: unknown) {
      if (isWireError(wire)) throw fromWire(wire);
      return original.deserialize(wire);
    },
  });
}

function toWire({ code, message, stack, cause }: VoiceprintError): WireError {
  // A cause may hold anything; only its words are sure to survive the clone.
  return {
    voiceprint: true,
    code,
    message,
    stack,
    cause: cause === undefined ? undefined : String(cause),
  };
}

function fromWire({ code, message, stack, cause }: WireError): VoiceprintError {
  const error = new VoiceprintError(
    code,
    message,
    cause === undefined ? undefined : { cause: new Error(cause) },
  );
  if (stack !== undefined) error.stack = stack;
  return error;
}

function isWireError(wire: unknown): wire is WireError {
  return typeof wire === 'object' && wire !== null && 'voiceprint' in wire;
}
