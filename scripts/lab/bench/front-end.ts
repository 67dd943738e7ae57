import {
  espnetMelSpectrogram,
  type FrontEnd,
  kaldiFbank,
  loadMeydaEngine,
  openFeatureStream,
  speechbrainFbank,
} from '../../../src/features/index.js';
import { median, quantile } from './figures.js';
import { clock, timesInTurns } from './in-turns.js';

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
  const works = {
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
  };
  const times = await timesInTurns(works, { rounds: ROUNDS, warmUp: WARM_UP, now: clock });
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

/** The median of the rounds' ratios and their quartiles. */
function ratio(
  name: string,
  ours: readonly number[],
  theirs: readonly number[],
): Record<string, number> {
  const ratios = ours.map((time, round) => time / (theirs[round] ?? Number.NaN));
  return {
    [name]: median(ratios),
    [`${name}/lower-quartile`]: quantile(ratios, 0.25),
    [`${name}/upper-quartile`]: quantile(ratios, 0.75),
  };
}
