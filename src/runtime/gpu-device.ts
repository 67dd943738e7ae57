import { VoiceprintError } from '../errors.js';
import { createLifeline } from '../lifetime/lifeline.js';

/** A GPU device of our own, which can be given back, unlike one that onnxruntime-web opens. */
export interface OwnedDevice {
  readonly device: GPUDevice;
  /** Whether it went away by itself: nothing on it answers any more, nor need it be given back. */
  readonly lost: boolean;
  /**
   * Settles as `work` does, or rejects with `backend/failed` when the device is lost: a lost
   * device leaves promises that never settle.
   */
  orLost<T>(work: Promise<T>): Promise<T>;
  /** Destroys the device and with it every buffer on it. */
  close(): void;
}

const LOST = 'the graphics device was lost';

/** Whether a call failed because its graphics device was lost, whatever thread it came from. */
export function isDeviceLoss(error: unknown): boolean {
  return (
    error instanceof VoiceprintError &&
    error.code === 'backend/failed' &&
    error.message.startsWith(LOST)
  );
}

/** Features that onnxruntime-web uses when they are there. */
const WANTED_FEATURES = ['shader-f16', 'subgroups'] as const satisfies readonly GPUFeatureName[];

/** Limits that large weights and activations run into at their defaults. */
const WANTED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBuffersPerShaderStage',
  'maxBindGroups',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/** @throws VoiceprintError `backend/unavailable` when the adapter gives no device. */
export async function openDevice(adapter: GPUAdapter): Promise<OwnedDevice> {
  const requiredLimits: Record<string, GPUSize64> = {};
  for (const limit of WANTED_LIMITS) requiredLimits[limit] = adapter.limits[limit];
  const device = await adapter
    .requestDevice({
      requiredFeatures: WANTED_FEATURES.filter((feature) => adapter.features.has(feature)),
      requiredLimits,
    })
    .catch((cause: unknown) => {
      throw new VoiceprintError(
        'backend/unavailable',
        `the graphics adapter gave no WebGPU device (${cause}); use backend 'wasm'`,
        { cause },
      );
    });
  let closing = false;
  let lost = false;
  const lifeline = createLifeline();
  device.lost.then(({ reason, message }) => {
    if (closing) return;
    lost = true;
    lifeline.cut(
      new VoiceprintError(
        'backend/failed',
        `${LOST} (${reason}: ${message || 'no message'}); make the verifier again, with backend 'wasm' if it keeps happening`,
      ),
    );
  });
  return {
    device,
    get lost() {
      return lost;
    },
    orLost: (work) => lifeline.hold(work),
    close() {
      closing = true;
      device.destroy();
    },
  };
}
