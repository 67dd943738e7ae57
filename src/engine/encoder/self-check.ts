import type { Features, FrontEnd } from '../../features/index.js';
import type { Manifest } from '../../models/manifest.js';
import { seededFeatures, seededSamples, wholeChunks } from '../../models/seeded-features.js';
import type { BackendName } from '../../runtime/types.js';
import type { Session } from '../../tensor.js';
import { looseCosine } from './loose-cosine.js';
import { encode } from './run-encoder.js';

/** The verdict on the numbers of one device. */
export interface SelfCheckResult {
  readonly pass: boolean;
  /** Cosine with the embedding that the manifest promises; NaN when a value is not finite. */
  readonly cosine: number;
  /** The failure in words, for `backend.reason`. */
  readonly reason: string;
}

/**
 * Runs the manifest's seeded input through the graph on this device and compares: graphics
 * drivers have returned wrong numbers without an error, and nobody would see it in a score.
 *
 * @param frontEnd - The model's: where the check starts from samples it is checked as well.
 * @param cosineOf - Replaces the measured cosine; tests make a check fail with it.
 * @throws VoiceprintError as {@link Session.run}.
 */
export async function runSelfCheck(
  session: Session,
  manifest: Manifest,
  frontEnd: FrontEnd,
  backend: BackendName,
  cosineOf: (measured: number) => number = (measured) => measured,
): Promise<SelfCheckResult> {
  const { embedding, minimumCosine } = manifest.selfCheck;
  const values = await encode(session, manifest, seededInput(manifest, frontEnd));
  const cosine = cosineOf(looseCosine(values, embedding));
  const name = backend === 'webgpu' ? 'WebGPU' : 'WebAssembly';
  return {
    // Written so that NaN fails.
    pass: cosine >= minimumCosine,
    cosine,
    reason: Number.isNaN(cosine)
      ? `${name} returned values that are not numbers in the model's self-check`
      : `${name} computes this model wrong on this device (self-check cosine ${cosine.toFixed(6)}, at least ${minimumCosine} is due)`,
  };
}

function seededInput({ selfCheck, streaming }: Manifest, frontEnd: FrontEnd): Features {
  if (selfCheck.from === 'waveform') {
    const samples = seededSamples(selfCheck.seed, selfCheck.samples);
    return wholeChunks(frontEnd.compute(samples), streaming?.stack);
  }
  const { seed, frames } = selfCheck;
  return { data: seededFeatures(seed, frames, frontEnd.bands), frames, bands: frontEnd.bands };
}
