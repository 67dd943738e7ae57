import type { Manifest } from '../../models/manifest.js';
import { seededFeatures } from '../../models/seeded-features.js';
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
 * @param bands - Values per frame of the model's front end.
 * @param cosineOf - Replaces the measured cosine; tests make a check fail with it.
 * @throws VoiceprintError as {@link Session.run}.
 */
export async function runSelfCheck(
  session: Session,
  manifest: Manifest,
  bands: number,
  backend: BackendName,
  cosineOf: (measured: number) => number = (measured) => measured,
): Promise<SelfCheckResult> {
  const { seed, frames, embedding, minimumCosine } = manifest.selfCheck;
  const data = seededFeatures(seed, frames, bands);
  const values = await encode(session, manifest, { data, frames, bands });
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
