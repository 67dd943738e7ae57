import type { Figures } from './figures.js';

/** A measurement against something else, or of what a page loads. */
export interface Comparison {
  /** One line for the help text. */
  readonly about: string;
  run(): Promise<Figures>;
}

/**
 * Every comparison by name; each gives named ratios, counts or sizes against a named alternative in
 * the same run, never absolute times. Only the one that is asked for is loaded.
 */
export const COMPARISONS: Readonly<Record<string, Comparison>> = {
  'front-end': {
    about: "the front ends against transformers.js' and Meyda's, streamed against whole",
    run: async () => (await import('./front-end.js')).benchFrontEnd(),
  },
  encoder: {
    about: "the encoder against torch's export, onnxruntime-node, fp16 and int8",
    run: async () => (await import('./encoder.js')).benchEncoder(),
  },
  encoders: {
    about: 'what each published encoder costs at its published size',
    run: async () => (await import('./encoders.js')).benchEncoders(),
  },
  mixing: {
    about: 'HyperMixing against attention, by the number of tokens',
    run: async () => (await import('./mixing.js')).benchMixing(),
  },
  wire: {
    about: 'kilobytes over the wire until a verifier is ready (browser, after npm run build)',
    run: async () => (await import('./in-page/wire.js')).benchWire(),
  },
  'first-score': {
    about: 'from navigation to the first score, cold and warm (browser, after npm run build)',
    run: async () => (await import('./in-page/first-score.js')).benchFirstScore(),
  },
  memory: {
    about: 'memory after 200 verifications over 20 (browser, after npm run build)',
    run: async () => (await import('./in-page/memory.js')).benchMemory(),
  },
  trips: {
    about: 'what crosses from the page to the worker, and what two models take there',
    run: async () => (await import('./trips/trips.js')).benchTrips(),
  },
  'stream-in-page': {
    about: "steps of a live stream on the page's WebGPU over its WebAssembly (browser)",
    run: async () => (await import('./stream.js')).benchStreamInPage(),
  },
};
