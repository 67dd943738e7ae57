import { VoiceprintError } from '../../errors.js';
import type { Cohort } from '../../scoring/as-norm.js';
import { cohortOf, type JudgedModel } from '../../scoring/judge.js';
import type { TrialSpeakers } from '../bootstrap.js';
import { normalizeTrials } from '../normalize-trials.js';
import { rankTrials } from '../ranked-trials.js';
import type { TrialList } from '../trial-list.js';
import { speakersOfTrials } from '../trial-speakers.js';
import {
  type EvaluationDetails,
  type LengthDetails,
  lengthDetails,
  lengthName,
  type ScaleDetails,
} from './details.js';
import { durationErrors } from './duration-errors.js';
import { type Figures, figuresOf, refuseOneClass } from './figures.js';
import { summarizeList } from './list-summary.js';
import { evaluationNotes } from './notes.js';
import {
  type FileEmbedding,
  type Length,
  type ScoredTrials,
  scoreTrials,
  speakersOfScored,
} from './scored-trials.js';
import { speakerErrors } from './speaker-errors.js';
import { checkStatedThresholds, thresholdsOnList } from './threshold-checks.js';
import { worstTrials } from './worst-trials.js';

/** Lengths that are always reported apart. */
export const REPORTED_LENGTHS: readonly Length[] = [1, 2, 3, 5, null];

/** What an evaluation needs to know of the model. Thresholds and calibration are of its scores. */
export interface EvaluatedModel extends JudgedModel {
  /** As the manifest says. */
  readonly version: string;
  /** Of model.onnx, in hexadecimal. */
  readonly sha256: string;
}

/** Why a file was left out. */
export interface SkippedFile {
  /** Its path, as the list has it. */
  readonly file: string;
  /** Why it could not be read. */
  readonly reason: string;
}

/** A trial list with its files embedded: what {@link evaluateEmbeddings} measures. */
export interface EvaluationInput {
  /** The trials. */
  readonly list: TrialList;
  /** Seconds that both sides were cut to; null for whole recordings. */
  readonly lengths: readonly Length[];
  /** By file of the list, one per length; undefined for files that were left out. */
  readonly embeddings: readonly (readonly FileEmbedding[] | undefined)[];
  /** Files that could not be embedded. */
  readonly skipped: readonly SkippedFile[];
  /** What embedded the files. */
  readonly model: EvaluatedModel;
  /** Whether pauses were left out before lengths were cut. */
  readonly speechOnly: boolean;
  /** Called before each length with how many were measured. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** The outcome of an evaluation: the figures of cosines at the longest length, and at each. */
export interface Evaluation extends Figures {
  /** What was evaluated. */
  readonly model: {
    /** As the manifest says. */
    readonly name: string;
    /** As the manifest says. */
    readonly version: string;
    /** Of model.onnx, in hexadecimal. */
    readonly sha256: string;
  };
  /** Trials that repeat an earlier one; they count each time. */
  readonly duplicates: number;
  /** What could not be read, and the trials that fell with it. */
  readonly skipped: {
    /** Which files, and why. */
    readonly files: readonly SkippedFile[];
    /** How many trials of the list were left out. */
    readonly trials: number;
  };
  /** Whether pauses were cut out before lengths were. */
  readonly speechOnly: boolean;
  /** What the detection costs are made of. */
  readonly costs: {
    /** Cost of rejecting a target. */
    readonly miss: 1;
    /** Cost of accepting an impostor. */
    readonly falseAccept: 1;
  };
  /** By seconds of both sides, and `full`. */
  readonly bySeconds: Readonly<Record<string, Figures>>;
  /**
   * The same after score normalisation, which the model decides by; null where it has none. Where it
   * has one, calibrated figures are here only: cosines have no calibration then.
   */
  readonly normalized:
    | (Figures & {
        readonly kind: 'as-norm';
        /** Speakers in the cohort. */
        readonly cohort: number;
        /** The normalised scores' figures by length, as {@link Evaluation.bySeconds}. */
        readonly bySeconds: Readonly<Record<string, Figures>>;
      })
    | null;
  /** What a reader has to know before believing the figures, as sentences. */
  readonly notes: readonly string[];
}

/** Figures, and what a report shows beside them. */
export interface MeasuredEvaluation {
  /** The figures. */
  readonly evaluation: Evaluation;
  /** What plots and tables are made from. */
  readonly details: EvaluationDetails;
}

/**
 * Measures a model on a trial list whose files are embedded.
 *
 * @throws VoiceprintError `trials/malformed` when only one class of trials is left,
 *   `scoring/invalid` for an embedding that is all zero or not finite.
 */
export function evaluateEmbeddings(input: EvaluationInput): MeasuredEvaluation {
  const { list, skipped, model } = input;
  refuseOneClass(list.labels);
  const everyone = speakersOfTrials(list);
  const summary = summarizeList(list, everyone);
  const { normalization } = model;
  const { calibration, thresholds } = model;
  const decisive = { calibration, thresholds };
  const cohort = normalization && cohortOf(normalization);
  const cosine = measureScale(input, everyone, {
    ...(cohort === undefined ? decisive : { calibration: [], thresholds: [] }),
    name: 'cosine',
  });
  const normalized =
    cohort === undefined
      ? null
      : measureScale(input, everyone, { ...decisive, name: 'as-norm', cohort });
  const skippedTrials = list.labels.length - figuresOfLongest(cosine).trials;
  return {
    evaluation: {
      ...figuresOfLongest(cosine),
      model: { name: model.name, version: model.version, sha256: model.sha256 },
      duplicates: list.duplicates,
      skipped: { files: skipped, trials: skippedTrials },
      speechOnly: input.speechOnly,
      costs: { miss: 1, falseAccept: 1 },
      bySeconds: figuresByLength(cosine),
      normalized:
        normalized === null || cohort === undefined
          ? null
          : {
              kind: 'as-norm',
              cohort: cohort.size,
              ...figuresOfLongest(normalized),
              bySeconds: figuresByLength(normalized),
            },
      notes: evaluationNotes(
        summary,
        (normalized ?? cosine).lengths,
        skipped.length,
        skippedTrials,
      ),
    },
    details: { list: summary, cosine, normalized },
  };
}

type Scale = Pick<EvaluatedModel, 'calibration' | 'thresholds'> &
  ({ readonly name: 'cosine' } | { readonly name: 'as-norm'; readonly cohort: Cohort });

/** Measures one kind of score at every length. */
function measureScale(
  { list, lengths, embeddings, model, onProgress }: EvaluationInput,
  everyone: TrialSpeakers,
  scale: Scale,
): ScaleDetails {
  const kinds = model.normalization === undefined ? 1 : 2;
  const before = scale.name === 'cosine' ? 0 : lengths.length;
  const measured: LengthDetails[] = [];
  let scored: ScoredTrials | undefined;
  lengths.forEach((length, i) => {
    onProgress?.(before + i, kinds * lengths.length);
    const ofLength = embeddings.map((ofFile) => ofFile?.[i]);
    scored = scoreTrials(list, ofLength);
    if (scale.name === 'as-norm') {
      const values = ofLength.map((embedding) => embedding?.values);
      scored = { ...scored, scores: normalizeTrials(list, scored, values, scale.cohort) };
    }
    const figures = figuresOf(list, scored, scale.calibration, everyone);
    measured.push(lengthDetails(length, scored, figures, scale.calibration));
  });
  const longest = measured.at(-1);
  if (longest === undefined || scored === undefined) {
    throw new VoiceprintError('scoring/invalid', 'there is no length to evaluate; give one');
  }
  const ranked = rankTrials(scored.scores, scored.labels);
  const { threshold } = longest.equalError;
  return {
    scale: scale.name,
    lengths: measured,
    thresholds: thresholdsOnList(ranked),
    statedThresholds: checkStatedThresholds(
      ranked,
      speakersOfScored(scored, everyone),
      scale.thresholds,
    ),
    durations: durationErrors(scored, threshold),
    speakers: speakerErrors(list, scored, everyone, threshold),
    worst: worstTrials(list, scored, ranked),
  };
}

function figuresOfLongest({ lengths }: ScaleDetails): Figures {
  const longest = lengths.at(-1);
  if (longest === undefined) throw new VoiceprintError('scoring/invalid', 'nothing was measured');
  return longest.figures;
}

function figuresByLength({ lengths }: ScaleDetails): Readonly<Record<string, Figures>> {
  return Object.fromEntries(lengths.map(({ length, figures }) => [lengthName(length), figures]));
}
