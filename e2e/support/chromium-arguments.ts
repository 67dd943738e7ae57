/** For a Chromium in a container, without anything that talks to the network by itself. */
export const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--no-first-run',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** WebGPU on the processor: slow, and the same on every machine. Without these there is none. */
export const SOFTWARE_GPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/**
 * A microphone that plays a WAV file once, without asking. The first 0.3 s can be lost, so the file
 * should begin with silence; after its end there is silence.
 */
export function fakeMicrophone(wavFile: string): string[] {
  return [
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-audio-capture=${wavFile}%noloop`,
  ];
}
