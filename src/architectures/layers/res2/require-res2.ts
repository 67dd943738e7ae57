import { VoiceprintError } from '../../../errors.js';

/**
 * What torch needs to run a Res2Net block with a residual.
 *
 * @returns channels of one group.
 * @throws VoiceprintError `graph/invalid`
 */
export function requireRes2(
  cls: string,
  o: { readonly inplanes: number; readonly planes: number; readonly scale: number },
): number {
  const refuse = (message: string) => new VoiceprintError('graph/invalid', `${cls}: ${message}`);
  if (o.inplanes !== o.planes && o.inplanes !== 1) {
    throw refuse(`inplanes is ${o.inplanes} and planes ${o.planes}: the residual needs equal ones`);
  }
  if (o.scale < 2) {
    throw refuse(`scale is ${o.scale}: the groups of channels must be 2 or more`);
  }
  if (o.planes < o.scale) {
    throw refuse(`${o.planes} channels cannot be cut into ${o.scale} groups (scale)`);
  }
  return Math.floor(o.planes / o.scale);
}

/**
 * Upstream pads by half of the kernel on both sides, so that an even one changes the number of
 * frames and the groups no longer fit together.
 * @throws VoiceprintError `graph/invalid`
 */
export function requireOddKernel(cls: string, name: string, size: number): void {
  if (size % 2 === 1) return;
  const message = `${cls}: ${name} is ${size}, which changes the number of frames: use an odd one`;
  throw new VoiceprintError('graph/invalid', message);
}
