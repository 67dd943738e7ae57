import { VoiceprintError } from '../errors.js';
import { GraphBuilder, type Precision } from '../onnx/index.js';
import type { NamedTensors, Tensor } from '../tensor.js';
import { SYSTEMS } from './index.js';
import type { ConfiguredModule, GraphDescription, UpstreamModule } from './module.js';
import { StateDict } from './state-dict.js';

/** How a graph is cut and stored. */
export interface GraphOptions {
  /**
   * Inputs that the graph takes, under upstream's names.
   * @default those that upstream requires: `lengths` is left out, and every frame counts
   */
  readonly inputs?: readonly string[];
  /**
   * Outputs that the graph gives, in this order: `y`, or intermediate values (see
   * `describeGraph(...).outputs`).
   * @default ['y']
   */
  readonly outputs?: readonly string[];
  /**
   * How large weight matrices are stored; the arithmetic is float32 in every case.
   * @default 'fp32'
   */
  readonly precision?: Precision;
  /**
   * Arguments of upstream's `forward` that are no tensors, such as `need_weights`, under upstream's
   * names.
   * @default none
   */
  readonly args?: Readonly<Record<string, unknown>>;
}

const modules: readonly UpstreamModule[] = SYSTEMS.flatMap((system) => system.modules);

/** Dotted names of the upstream classes that {@link buildGraph} can build. */
export const SUPPORTED_CLASSES: readonly string[] = modules.map(({ cls }) => cls);

/**
 * Whether {@link buildGraph} knows an upstream class, by its dotted name or by the last part of it.
 */
export function isSupportedClass(architecture: string): boolean {
  return find(architecture) !== undefined;
}

/**
 * Builds the ONNX graph of an upstream module. Batch and time axes stay dynamic; everything else
 * is fixed by the configuration. BatchNorm is folded into its neighbours in float64.
 *
 * @param architecture - dotted upstream class name, such as
 *   `speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN`, or its last part.
 * @param config - upstream's constructor arguments under upstream's names; the class's own
 *   defaults apply.
 * @param tensors - upstream's state dict, keys unchanged.
 * @returns bytes of an ONNX ModelProto (opset 20).
 * @throws VoiceprintError `graph/unsupported` for an unknown class, `graph/invalid` for a
 *   configuration that upstream could not run, `graph/weights` where the tensors do not fit it.
 */
export function buildGraph(
  architecture: string,
  config: Readonly<Record<string, unknown>>,
  tensors: NamedTensors | Readonly<Record<string, Tensor>>,
  options: GraphOptions = {},
): Uint8Array {
  const { cls, configured } = configure(architecture, config);
  const { description } = configured;
  const required = description.inputs.filter(({ optional }) => optional !== true);
  const inputs = options.inputs ?? required.map(({ name }) => name);
  const outputs = options.outputs ?? description.outputs.slice(0, 1).map(({ name }) => name);
  checkNames(cls, 'input', inputs, description.inputs);
  checkNames(cls, 'output', outputs, description.outputs);
  for (const { name } of required) {
    if (inputs.includes(name)) continue;
    throw new VoiceprintError('graph/invalid', `${cls} cannot run without its input ${name}`);
  }
  const precision = options.precision ?? 'fp32';
  if (!['fp32', 'fp16', 'int8'].includes(precision)) {
    const message = `precision is ${JSON.stringify(precision)}: choose fp32, fp16 or int8`;
    throw new VoiceprintError('graph/invalid', message);
  }
  const short = cls.split('.').at(-1) ?? cls;
  const metadata = { class: cls, config: JSON.stringify(config), precision };
  const g = new GraphBuilder({ name: short, precision, metadata, outputs });
  const weights = new StateDict(tensors);
  const args = options.args ?? {};
  configured.build(g, weights, { inputs: new Set(inputs), outputs: new Set(outputs), args });
  weights.finish(short);
  return g.finish();
}

/**
 * What a graph takes and gives, and the fewest frames it can be run on. Run nothing shorter:
 * WebGPU does not notice.
 *
 * @throws VoiceprintError `graph/unsupported` or `graph/invalid`, as {@link buildGraph}.
 */
export function describeGraph(
  architecture: string,
  config: Readonly<Record<string, unknown>>,
): GraphDescription {
  return configure(architecture, config).configured.description;
}

function find(called: string): UpstreamModule | undefined {
  // A case may say how upstream is called: `ESPnetSpeakerModel(extract_embd=True)`.
  const architecture = called.replace(/\(.*\)$/, '');
  const exact = modules.find(({ cls }) => cls === architecture);
  if (exact !== undefined || architecture.includes('.')) return exact;
  return modules.find(({ cls }) => cls.endsWith(`.${architecture}`));
}

function configure(
  architecture: string,
  config: Readonly<Record<string, unknown>>,
): { cls: string; configured: ConfiguredModule } {
  const found = find(architecture);
  if (found === undefined) {
    const message = `No graph for the class ${architecture}; there is one for ${SUPPORTED_CLASSES.join(', ')}`;
    throw new VoiceprintError('graph/unsupported', message);
  }
  return { cls: found.cls, configured: found.configure(config) };
}

function checkNames(
  cls: string,
  kind: 'input' | 'output',
  names: readonly string[],
  ports: readonly { readonly name: string }[],
): void {
  const known = ports.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined && names.length > 0 && new Set(names).size === names.length) return;
  const what = unknown === undefined ? `${kind}s [${names}]` : `${kind} ${unknown}`;
  const message = `${cls} has no ${what}; its ${kind}s are ${known.join(', ')}`;
  throw new VoiceprintError('graph/invalid', message);
}
