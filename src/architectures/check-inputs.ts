import { VoiceprintError } from '../errors.js';
import type { GraphDescription, InputShapes, Port } from './module.js';

/**
 * Checks the shapes of one run against what a graph takes: ranks, fixed sizes, sizes that must
 * agree (such as the batch of all inputs), and the number of frames. onnxruntime checks a part of
 * that on WebAssembly and less on WebGPU, where a wrong shape can give wrong numbers.
 *
 * @throws VoiceprintError `graph/too-short` below the fewest frames, else `graph/invalid`; the
 *   message names the input and what it may be.
 */
export function checkInputs(description: GraphDescription, shapes: InputShapes): void {
  const sizes = new Map<string, { size: number; input: string }>();
  for (const port of description.inputs) {
    const shape = shapes[port.name];
    if (shape === undefined) continue;
    const wrong = portFault(port, shape, sizes);
    if (wrong !== undefined) throw new VoiceprintError('graph/invalid', wrong);
  }
  checkFrames(description, shapes);
  const refused = description.refuse?.(shapes);
  if (refused !== undefined) throw new VoiceprintError('graph/invalid', refused);
}

function portFault(
  { name, shape: expected }: Port,
  shape: readonly number[],
  sizes: Map<string, { size: number; input: string }>,
): string | undefined {
  const given = `input ${name} is [${shape.join(', ')}]`;
  const wanted = `[${expected.join(', ')}]`;
  if (shape.length !== expected.length) return `${given}, expected ${wanted}`;
  for (const [axis, dim] of expected.entries()) {
    const size = shape[axis] ?? 0;
    if (typeof dim === 'number') {
      if (size !== dim) return `${given}, expected ${wanted}: axis ${axis} must be ${dim}`;
      continue;
    }
    // A computed size, such as `frames-4`, is not known here.
    if (!/^\w+$/.test(dim)) continue;
    const known = sizes.get(dim);
    if (known === undefined) sizes.set(dim, { size, input: name });
    else if (known.size !== size) {
      return `${given}, but ${dim} is ${known.size} in ${known.input}: axis ${axis} must be the same`;
    }
  }
  return undefined;
}

function checkFrames(description: GraphDescription, shapes: InputShapes): void {
  const { frameAxis, minimumFrames, maximumFrames, inputs } = description;
  const [first] = inputs;
  if (first === undefined || frameAxis === undefined) return;
  const frames = shapes[first.name]?.[frameAxis];
  if (frames === undefined) return;
  if (frames < minimumFrames) {
    const message = `The input has ${frames} frames and the graph takes ${minimumFrames} or more: give a longer one`;
    throw new VoiceprintError('graph/too-short', message);
  }
  if (maximumFrames !== undefined && frames > maximumFrames) {
    const message = `The input has ${frames} frames and the graph takes at most ${maximumFrames}: cut it`;
    throw new VoiceprintError('graph/invalid', message);
  }
}
