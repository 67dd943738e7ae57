import { VoiceprintError } from '../../errors.js';
import type { Features } from '../../features/types.js';
import type { Manifest, ManifestStreaming } from '../../models/manifest.js';
import type { Session, TensorValue } from '../../tensor.js';
import { elementCount } from '../../tensor.js';
import { stateDims } from './streaming-states.js';

/**
 * Runs the encoder over the features of one utterance: `[1, frames, bands]` in, as many values as
 * `manifest.embeddingSize` out, whatever singleton axes the graph keeps around them. A streaming
 * model takes the utterance as the first and only chunk of a stream.
 *
 * @throws VoiceprintError `audio/too-short` below `manifest.input.minimumFrames` (some backends
 *   compute nonsense there instead of failing); `model/mismatch` when the graph has other inputs
 *   or outputs than the manifest says; as {@link Session.run}.
 */
export async function encode(
  session: Session,
  manifest: Manifest,
  { data, frames, bands }: Features,
): Promise<Float32Array> {
  const { input, output, embeddingSize, streaming } = manifest;
  if (frames < input.minimumFrames) {
    throw new VoiceprintError(
      'audio/too-short',
      `${frames} frames of features, the model needs ${input.minimumFrames}; give more speech`,
    );
  }
  if (!session.inputNames.includes(input.name)) {
    throw mismatch(manifest, `input "${input.name}"`, session.inputNames);
  }
  const whole = frames - (frames % (streaming?.stack ?? 1));
  const outputs = await session.run({
    ...(streaming === undefined ? {} : zeroStates(streaming)),
    [input.name]: {
      type: 'float32',
      dims: [1, whole, bands],
      data: data.subarray(0, whole * bands),
    },
  });
  const value = outputs[output.name];
  if (value === undefined) throw mismatch(manifest, `output "${output.name}"`, session.outputNames);
  if (!(value.data instanceof Float32Array) || value.data.length !== embeddingSize) {
    throw mismatch(manifest, `${embeddingSize} float32 values in "${output.name}"`, [
      `${value.data.length} of type ${value.type}`,
    ]);
  }
  return value.data;
}

/** Where every stream begins. */
function zeroStates(streaming: ManifestStreaming): Record<string, TensorValue> {
  return Object.fromEntries(
    Object.entries(stateDims(streaming, 1)).map(([name, { dims }]) => [
      name,
      { type: 'float32', dims, data: new Float32Array(elementCount(dims)) },
    ]),
  );
}

function mismatch(manifest: Manifest, promised: string, found: readonly string[]): VoiceprintError {
  return new VoiceprintError(
    'model/mismatch',
    `the manifest of ${manifest.name} promises ${promised}, the graph has ${found.join(', ')}; convert the checkpoint again, so that both come from one run`,
  );
}
