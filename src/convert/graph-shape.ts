import { describeGraph } from '../architectures/build-graph.js';
import type { Port } from '../architectures/module.js';
import type { EncoderEntry } from '../architectures/system.js';
import { VoiceprintError } from '../errors.js';

/** What goes into an encoder and comes out. */
export interface GraphShape {
  readonly input: string;
  readonly output: string;
  readonly minimumFrames: number;
  readonly featureSize: number;
  /** All that the graph can take and give. */
  readonly ports: { readonly inputs: readonly string[]; readonly outputs: readonly string[] };
}

/**
 * The ports of an encoder.
 *
 * @throws VoiceprintError `model/unsupported` for a part of an encoder.
 */
export function describeShape(
  { class: upstream, output: embedding }: EncoderEntry,
  config: Readonly<Record<string, unknown>>,
): GraphShape {
  const description = describeGraph(upstream, config);
  const { inputs, outputs, featureSize } = description;
  // Fewer frames run in some systems and give NaN, which is no embedding.
  const minimumFrames = Math.max(description.minimumFrames, description.finiteFrames ?? 0);
  const [input] = inputs;
  const output = outputs.find(({ name }) => name === embedding) ?? outputs[0];
  if (input === undefined || output === undefined || featureSize === undefined) {
    throw new VoiceprintError(
      'model/unsupported',
      `"${upstream}" is a part of an encoder, not one; convert the whole encoder`,
    );
  }
  const names = (ports: readonly Port[]) => ports.map(({ name }) => name);
  const ports = { inputs: names(inputs), outputs: names(outputs) };
  return { input: input.name, output: output.name, minimumFrames, featureSize, ports };
}
