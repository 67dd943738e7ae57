import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  espnetMelSpectrogram,
  type FrontEnd,
  kaldiFbank,
  loadMeydaEngine,
  openFeatureStream,
  speechbrainFbank,
} from '../../../src/features/index.js';

const SECONDS = 10;
const SAMPLE_RATE = 16_000;
const ROUNDS = 15;
const WARM_UP = 3;
/** Samples that a streaming encoder is given at once: 160 ms. */
const PIECE = 2560;

type Compute = () => unknown;

/**
 * The front ends over 10 s of audio: ours against transformers.js' WeSpeaker extractor, and our
 * engine against Meyda's FFT in the same recipe, and the streaming encoder's recipe in pieces of
 * 160 ms against the whole at once. All are timed in turns, so that a busy machine
 * slows them alike. Every figure is a ratio of medians, with its quartiles over the rounds; less
 * than 1 = ours takes less time.
 */
export async function benchFrontEnd(): Promise<Record<string, number>> {
  const { WeSpeakerFeatureExtractor } = await import('@huggingface/transformers');
  const extractor = new WeSpeakerFeatureExtractor({
    feature_size: 80,
    num_mel_bins: 80,
    sampling_rate: SAMPLE_RATE,
    padding_value: 0,
  });
  const meyda = await loadMeydaEngine();
  const samples = Float32Array.from({ length: SECONDS * SAMPLE_RATE }, (_, i) =>
    Math.fround(0.3 * Math.sin(i * i * 1e-6) + 0.05 * Math.sin(i * 0.7)),
  );
  const over =
    (frontEnd: FrontEnd): Compute =>
    () =>
      frontEnd.compute(samples);
  const causal = {
    center: false,
    normalize: 'running-mean',
    running_mean: { prior: new Array<number>(80).fill(-8), frames: 50 },
  } as const;
  const stream = openFeatureStream({ recipe: 'espnet', parameters: causal });
  const times = await timesInTurns({
    speechbrain: over(speechbrainFbank()),
    espnet: over(espnetMelSpectrogram()),
    kaldi: over(kaldiFbank({ window_type: 'hamming', normalization: 'mean' })),
    beats: over(kaldiFbank({ num_mel_bins: 128, normalization: 'beats' })),
    espnetOnMeyda: over(espnetMelSpectrogram({}, meyda)),
    causal: over(espnetMelSpectrogram(causal)),
    causalStream: () => {
      stream.reset();
      for (let from = 0; from < samples.length; from += PIECE) {
        stream.push(samples.subarray(from, from + PIECE));
      }
    },
    transformers: () => extractor(samples),
  });
  return {
    ...ratio(
      'front-end/speechbrain-over-transformers-wespeaker',
      times.speechbrain,
      times.transformers,
    ),
    ...ratio('front-end/kaldi80-over-transformers-wespeaker', times.kaldi, times.transformers),
    ...ratio('front-end/beats128-over-transformers-wespeaker', times.beats, times.transformers),
    ...ratio('front-end/espnet-over-transformers-wespeaker', times.espnet, times.transformers),
    ...ratio('front-end/espnet-over-the-same-on-meyda', times.espnet, times.espnetOnMeyda),
    ...ratio('front-end/causal-streamed-over-offline', times.causalStream, times.causal),
  };
}

async function timesInTurns<Name extends string>(
  computes: Readonly<Record<Name, Compute>>,
): Promise<Record<Name, Float64Array>> {
  const entries = Object.entries<Compute>(computes);
  const times = new Map(entries.map(([name]) => [name, new Float64Array(ROUNDS)]));
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const [name, compute] of entries) {
      const start = performance.now();
      await compute();
      times.get(name)?.fill(performance.now() - start, Math.max(0, round), Math.max(0, round) + 1);
    }
  }
  return Object.fromEntries(times) as Record<Name, Float64Array>;
}

/** The median of the rounds' ratios and their quartiles. */
function ratio(name: string, ours: Float64Array, theirs: Float64Array): Record<string, number> {
  const ratios = ours.map((time, round) => time / (theirs[round] ?? Number.NaN)).sort();
  const at = (share: number): number => ratios[Math.floor(share * (ratios.length - 1))] ?? 0;
  return {
    [name]: at(0.5),
    [`${name}/lower-quartile`]: at(0.25),
    [`${name}/upper-quartile`]: at(0.75),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
  const figures = await benchFrontEnd();
  if (values.json) console.log(JSON.stringify(figures));
  else {
    for (const [name, value] of Object.entries(figures)) {
      console.log(`${name.padEnd(72)} ${value.toPrecision(3)}`);
    }
  }
}
