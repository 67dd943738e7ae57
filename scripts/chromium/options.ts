import type { LaunchOptions } from 'playwright';
import { findChromium } from './find.mjs';

/** For a Chromium in a container, without anything that talks to the network by itself. */
const QUIET = [
  '--no-sandbox',
  '--no-first-run',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** WebGPU on the processor: slow, and the same on every machine. Without these there is none. */
const SOFTWARE_GPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** What a Chromium is started for. */
export interface ChromiumUse {
  /** Whether pages have WebGPU, computed on the processor. */
  readonly gpu?: boolean;
  /**
   * A WAV file that the microphone plays once, without asking. The first 0.3 s can be lost, so the
   * file should begin with silence; after its end there is silence.
   */
  readonly microphone?: string;
}

let found: string | undefined;

/** Playwright's launch options for it: which program, with which arguments. */
export function chromiumOptions({ gpu = false, microphone }: ChromiumUse = {}): LaunchOptions {
  found ??= findChromium();
  return {
    ...(found === undefined ? {} : { executablePath: found }),
    args: [
      ...QUIET,
      ...(gpu ? SOFTWARE_GPU : []),
      ...(microphone === undefined ? [] : fakeMicrophone(microphone)),
    ],
  };
}

function fakeMicrophone(wavFile: string): string[] {
  return [
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-audio-capture=${wavFile}%noloop`,
  ];
}
