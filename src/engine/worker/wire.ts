import { transferHandlers } from 'comlink';
import { VoiceprintError, type VoiceprintErrorCode } from '../../errors.js';
import type { ModelFiles } from '../../models/given-files.js';
import { type Model, withCohort } from '../../models/model.js';
import type { BackendReport } from '../../runtime/types.js';
import type { Encoded } from '../encoder/types.js';
import type { Listening, ListenOptions } from '../live/types.js';
import type { EngineOptions } from '../options.js';
import type { LoadProgress } from '../progress.js';
import type { Heard, HearOptions, HeldEmbedding, Ranked } from '../types.js';

/** Engine options that can be sent to a worker. */
export type WireOptions = Omit<
  EngineOptions,
  'model' | 'streamingModel' | 'encoder' | 'onProgress' | 'signal'
> & {
  readonly model?: string | ModelFiles;
  readonly streamingModel?: string | ModelFiles;
  /** An encoder that stays in the page; the worker calls it back. */
  readonly encoder?: { readonly model: WireModel; readonly backend: BackendReport };
};

/** A model with its cohort, which would not survive the copy by itself. */
export interface WireModel {
  readonly model: Model;
  readonly cohort: readonly Float32Array[] | undefined;
}

/** What the worker's engine says about itself once it is open. */
export interface WireEngine {
  readonly models: readonly WireModel[];
  readonly backend: BackendReport;
}

/** Embeds in the page what the worker found to be speech. The buffer is transferred. */
export type EncodeInPage = (speech: Float32Array) => Promise<Encoded>;

/** Live audio as a proxied object: the buffer of `push` is transferred there and back. */
export type WireListening = Pick<Listening, 'push' | 'endTurn' | 'reset'> & {
  close(): Promise<void>;
};

/** The worker's side of an engine. Sample buffers are transferred to it. */
export interface EngineWorkerApi {
  open(
    options: WireOptions,
    onProgress: (progress: LoadProgress) => void,
    encode?: EncodeInPage,
  ): Promise<WireEngine>;
  hear(clip: Float32Array, ask: HearOptions): Promise<Heard>;
  listen(options: ListenOptions): Promise<WireListening>;
  hold(embeddings: readonly HeldEmbedding[]): Promise<void>;
  search(query: Float32Array, limit: number): Promise<Ranked[]>;
  dispose(): Promise<void>;
}

/** A model as it is sent. */
export function toWireModel(model: Model): WireModel {
  return { model, cohort: model.normalization?.cohort };
}

/** A model as it was before it was sent. */
export function fromWireModel({ model, cohort }: WireModel): Model {
  const { normalization } = model;
  return normalization === undefined || cohort === undefined
    ? model
    : withCohort(model, normalization, cohort);
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
