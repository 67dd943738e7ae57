import { VoiceprintError } from '../../errors.js';

/** A convolution as far as the number of frames is concerned. */
export interface Span {
  readonly kernelSize: number;
  readonly dilation: number;
}

/** Frames that SpeechBrain's `padding='same'` reflects on each side, at stride 1. */
export function reflectedFrames({ kernelSize, dilation }: Span): number {
  return Math.floor((dilation * (kernelSize - 1)) / 2);
}

/** 1 for an even kernel at odd dilation, whose padding cannot be split evenly; else 0. */
export function lostFrames(span: Span): number {
  return (span.dilation * (span.kernelSize - 1)) % 2;
}

/** Fewest frames that a chain of convolutions takes: reflect padding needs one more than it adds. */
export function fewestFrames(chain: readonly Span[]): number {
  let lost = 0;
  let fewest = 1;
  for (const span of chain) {
    fewest = Math.max(fewest, reflectedFrames(span) + 1 + lost);
    lost += lostFrames(span);
  }
  return Math.max(fewest, lost + 1);
}

/**
 * A convolution whose result is added to or joined with its input must keep the number of frames.
 * @throws VoiceprintError `graph/invalid`
 */
export function requireSameFrames(cls: string, span: Span): void {
  if (lostFrames(span) === 0) return;
  const message =
    `${cls}: kernel_size ${span.kernelSize} at dilation ${span.dilation} loses a frame, and the ` +
    'result no longer fits the values it is joined with: use an odd kernel_size';
  throw new VoiceprintError('graph/invalid', message);
}
