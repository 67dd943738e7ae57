import type { ModelCalibration } from '../../../src/evaluate/calibrate/calibrate-model.js';
import type { Recalibration } from '../../../src/evaluate/calibrate/recalibrate.js';
import type { MeasuredCondition, MeasuredPrecision } from './measure-conditions.js';

/** Another system on the same lists, measured elsewhere: rates in %, by length. */
export interface MeasuredPeer {
  readonly name: string;
  readonly note: string;
  readonly full: Readonly<Record<string, number>>;
}

/** `docs/measured/NAME.json`: everything that a card shows. */
export interface MeasuredModel {
  readonly name: string;
  readonly parameters: number;
  /** What the training run wrote about itself. */
  readonly training: unknown;
  readonly calibration: ModelCalibration;
  /** Whether the manifest asks for normalised scores. */
  readonly normalized: boolean;
  readonly cohort: {
    readonly speakers: number;
    readonly skipped: Recalibration['skipped'];
  };
  readonly judged: Recalibration['judged'];
  readonly conditions: readonly MeasuredCondition[];
  readonly precisions: readonly MeasuredPrecision[];
}
