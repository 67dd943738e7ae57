import type { LabelledScores } from './score-list.js';

/** Share of the trials of either class that are wrong at a threshold. */
export function errorsAt({ scores, labels }: LabelledScores, threshold: number) {
  const shareAccepted = (label: number) => {
    const chosen = scores.filter((_, i) => labels[i] === label);
    return chosen.filter((score) => score >= threshold).length / chosen.length;
  };
  return { falseAcceptRate: shareAccepted(0), falseRejectRate: 1 - shareAccepted(1) };
}
