import { VoiceprintError } from '../../errors.js';
import { createFrontEnd } from '../../features/index.js';
import type { Features, FrontEnd } from '../../features/types.js';
import { asyncDispose } from '../../lifetime/async-dispose.js';
import { disposed } from '../../lifetime/ended.js';
import { openScope, type Scope } from '../../lifetime/scope.js';
import type { Manifest } from '../../models/manifest.js';
import { type Model, modelOf } from '../../models/model.js';
import { openRuntime } from '../../runtime/index.js';
import type { BackendReport, Runtime } from '../../runtime/types.js';
import type { Session } from '../../tensor.js';
import { type LocalEncoderStream, openEncoderStream } from './encoder-stream.js';
import { cropToBucket } from './frames.js';
import { encode } from './run-encoder.js';
import { runSelfCheck } from './self-check.js';
import type { Encoded, Encoder, EncoderStreamOptions } from './types.js';

/** The encoder of a model folder, in this process. */
export interface GraphEncoder extends Encoder {
  /** Where the manifest has a `streaming` section; else it rejects with `model/unsupported`. */
  openStream(options?: EncoderStreamOptions): Promise<LocalEncoderStream>;
}

/** What {@link openEncoder} reports while it works. */
export type EncoderStage = 'backend' | 'self-check';

/** Options of {@link openEncoder}. */
export interface OpenEncoderOptions {
  /** `'auto'` takes WebGPU where it is there and its self-check passes. @defaultValue `'auto'` */
  readonly backend?: 'auto' | 'webgpu' | 'wasm';
  /** WebAssembly threads, 1 to 4. */
  readonly threads?: number;
  /** A runtime that others use too; it is not disposed with the encoder. @defaultValue one of its own */
  readonly runtime?: Runtime;
  /** Bytes of the cohort's file, where the manifest names one. */
  readonly cohort?: Uint8Array | undefined;
  /** Taken for the outcome of the self-check on WebGPU, so that tests can make it fail. @internal */
  readonly selfCheckCosine?: number;
  readonly onStage?: (stage: EncoderStage, done: number) => void;
}

/**
 * Opens the graph of a model folder on the best backend that computes it right: WebGPU if its
 * self-check passes, else WebAssembly with the reason in `backend.reason`. With `'auto'` it also
 * moves when the device fails later, as drivers do when they restart; `backend: 'webgpu'` fails
 * instead of moving.
 *
 * @throws VoiceprintError `model/malformed` when manifest and front end disagree, `backend/failed`
 *   when the self-check fails on WebAssembly too, or on WebGPU when that was asked for; as
 *   `openRuntime` and `Runtime.openSession`.
 */
export async function openEncoder(
  graph: Uint8Array,
  manifest: Manifest,
  options: OpenEncoderOptions = {},
): Promise<GraphEncoder> {
  const { backend = 'auto', threads, onStage } = options;
  const model = modelOf(manifest, options.cohort);
  const frontEnd = openFrontEnd(manifest);
  onStage?.('backend', 0);
  const scope = openScope();
  let { runtime } = options;
  if (runtime === undefined) {
    const own = await openRuntime({ backend, ...(threads !== undefined && { threads }) });
    scope.defer(() => own.dispose());
    runtime = own;
  }
  const parts: GraphParts = { graph, manifest, frontEnd, options };
  const first = runtime;
  const mayMove = backend === 'auto' && first.backend.name === 'webgpu';
  const openOnWasm = (error: unknown) => moveToWasm(error, first, parts, scope);
  try {
    const onFirst = await openPlace(first, 'backend', first.backend, parts, scope);
    const move = mayMove && graph.length <= KEPT_BYTES ? openOnWasm : undefined;
    return new FolderEncoder(model, onFirst, scope, move);
  } catch (error) {
    if (mayMove) {
      try {
        return new FolderEncoder(model, await openOnWasm(error), scope, undefined);
      } catch (failure) {
        await scope.dispose();
        throw failure;
      }
    }
    await scope.dispose();
    throw error;
  }
}

/** Larger graphs are not held a second time for the rare loss of a device. */
const KEPT_BYTES = 64 * 2 ** 20;

interface GraphParts {
  readonly graph: Uint8Array;
  readonly manifest: Manifest;
  readonly frontEnd: FrontEnd;
  readonly options: OpenEncoderOptions;
}

/** The graph where it runs. */
interface Place {
  readonly backend: BackendReport;
  encode(speech: Float32Array): Promise<Encoded>;
  openStream(options?: EncoderStreamOptions): Promise<LocalEncoderStream>;
}

/** Moves off the graphics device when a run fails there, and runs again. */
class FolderEncoder implements GraphEncoder {
  readonly model: Model;
  readonly #scope: Scope;
  readonly #first: Place;
  readonly #move: ((error: unknown) => Promise<Place>) | undefined;
  #moving: Promise<Place> | undefined;
  #place: Place;

  constructor(
    model: Model,
    place: Place,
    scope: Scope,
    move: ((error: unknown) => Promise<Place>) | undefined,
  ) {
    this.model = model;
    this.#first = place;
    this.#place = place;
    this.#scope = scope;
    this.#move = move;
  }

  get backend(): BackendReport {
    return this.#place.backend;
  }

  encode(speech: Float32Array): Promise<Encoded> {
    return this.#orMoved((place) => place.encode(speech));
  }

  openStream(options?: EncoderStreamOptions): Promise<LocalEncoderStream> {
    return this.#orMoved((place) => place.openStream(options));
  }

  [asyncDispose](): Promise<void> {
    return this.#scope.dispose();
  }

  async #orMoved<T>(work: (place: Place) => Promise<T>): Promise<T> {
    if (this.#scope.disposed) throw disposed('the encoder was disposed; open another');
    const place = this.#place;
    try {
      return await work(place);
    } catch (error) {
      const failed = error instanceof VoiceprintError && error.code === 'backend/failed';
      if (!failed || this.#move === undefined || place !== this.#first) throw error;
      this.#moving ??= this.#leave(this.#move, error);
      return work(await this.#moving);
    }
  }

  async #leave(move: (error: unknown) => Promise<Place>, failure: unknown): Promise<Place> {
    try {
      this.#place = await move(failure);
      return this.#place;
    } catch {
      // Offline, say: it may be tried again, and what failed first is what a person has to know.
      this.#moving = undefined;
      throw failure;
    }
  }
}

/**
 * The JSPI build computes on the CPU as fast as the plain one, so after wrong numbers on the GPU
 * nothing need be downloaded again. The asyncify build is four times as slow there, and a build
 * that failed in another way may be in any state.
 */
async function moveToWasm(
  error: unknown,
  first: Runtime,
  parts: GraphParts,
  scope: Scope,
): Promise<Place> {
  const { threads } = parts.options;
  const why = error instanceof Error ? error.message : String(error);
  const reason = `moved off WebGPU: ${why}`;
  const keepsBuild = error instanceof SelfCheckError && first.backend.entry === 'jspi';
  const wasm = await openRuntime({
    backend: 'wasm',
    reason,
    ...(threads !== undefined && { threads }),
    ...(keepsBuild && { wasmEntry: first.backend.entry === 'jspi' ? 'jspi' : 'wasm' }),
  });
  if (keepsBuild) {
    // Through the runtime of the device, so that its loss ends runs here, too.
    await wasm.dispose();
    return openPlace(first, 'cpu', wasm.backend, parts, scope);
  }
  const forget = scope.defer(() => wasm.dispose());
  try {
    return await openPlace(wasm, 'backend', wasm.backend, parts, scope);
  } catch (failure) {
    forget();
    await wasm.dispose().catch(() => undefined);
    throw failure;
  }
}

class SelfCheckError extends VoiceprintError {
  constructor(reason: string) {
    super('backend/failed', `${reason}; update the browser or the graphics driver`);
  }
}

/** Opens the graph in one place and checks its numbers there. */
async function openPlace(
  runtime: Runtime,
  on: 'backend' | 'cpu',
  report: BackendReport,
  { graph, manifest, frontEnd, options }: GraphParts,
  scope: Scope,
): Promise<Place> {
  const session: Session = await runtime.openSession(graph, on);
  const streams = scope.child();
  streams.defer(() => session.dispose());
  options.onStage?.('backend', 1);
  options.onStage?.('self-check', 0);
  const { name } = report;
  const override = name === 'webgpu' ? options.selfCheckCosine : undefined;
  const check = await runSelfCheck(
    session,
    manifest,
    frontEnd,
    name,
    (cosine) => override ?? cosine,
  );
  if (!check.pass) {
    await streams.dispose();
    throw new SelfCheckError(check.reason);
  }
  options.onStage?.('self-check', 1);
  const passed = `WebGPU passed the model's self-check (cosine ${check.cosine.toFixed(6)}).`;
  return {
    backend: name === 'webgpu' ? { ...report, reason: passed } : report,
    async encode(speech) {
      const started = performance.now();
      const features = featuresFor(frontEnd, manifest, name, speech);
      const computed = performance.now();
      const values = await encode(session, manifest, features);
      return {
        values,
        featuresMilliseconds: computed - started,
        encoderMilliseconds: performance.now() - computed,
      };
    },
    async openStream(streamOptions) {
      let forget = (): void => undefined;
      const place = { on, onClosed: () => forget() };
      const stream = await openEncoderStream(runtime, graph, manifest, streamOptions, place);
      forget = streams.defer(async () => stream[asyncDispose]());
      return stream;
    },
  };
}

/** On WebGPU each length compiles shaders, so that lengths are cut down to few. */
function featuresFor(
  frontEnd: FrontEnd,
  { input }: Manifest,
  backend: BackendReport['name'],
  speech: Float32Array,
): Features {
  const features = frontEnd.compute(speech);
  const crops = backend === 'webgpu' && features.frames > input.minimumFrames;
  return crops ? cropToBucket(features, input.minimumFrames) : features;
}

/** Rate in Hz of what an engine hears. */
const SAMPLE_RATE = 16_000;

function openFrontEnd(manifest: Manifest): FrontEnd {
  const frontEnd = createFrontEnd(manifest.frontEnd);
  const rates = [manifest.sampleRate, frontEnd.sampleRate];
  if (rates.every((rate) => rate === SAMPLE_RATE)) return frontEnd;
  throw new VoiceprintError(
    'model/malformed',
    `the manifest of ${manifest.name} says ${manifest.sampleRate} Hz, its front end computes at ${frontEnd.sampleRate} Hz, where both must be ${SAMPLE_RATE}; mend "sampleRate" or "frontEnd.parameters"`,
  );
}
