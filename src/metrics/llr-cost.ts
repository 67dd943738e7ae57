import { type RankedTrials, type TrialWeights, totalWeights } from './ranked-trials.js';

/**
 * Cllr: what natural-log likelihood ratios cost, over all priors and costs, in bits (Brümmer and
 * du Preez, "Application-independent evaluation of speaker detection", 2006). 0 is perfect; 1 is
 * what a system that always says "I do not know" (llr 0) costs; above 1 it misleads.
 */
export function llrCost(llrs: RankedTrials, weights?: TrialWeights): number {
  const { targets, nontargets } = totalWeights(llrs, weights);
  let targetCost = 0;
  let nontargetCost = 0;
  for (let rank = 0; rank < llrs.scores.length; rank++) {
    const weight = weights === undefined ? 1 : (weights[rank] ?? 0);
    // A trial that was not drawn must not count, not even as 0 times Infinity.
    if (weight === 0) continue;
    const llr = llrs.scores[rank] ?? 0;
    if (llrs.labels[rank] === 1) targetCost += weight * softplus(-llr);
    else nontargetCost += weight * softplus(llr);
  }
  return (targetCost / targets + nontargetCost / nontargets) / (2 * Math.LN2);
}

/**
 * The least Cllr that any monotonic calibration of the scores reaches, by pooling adjacent
 * violators; Cllr minus this is the loss by calibration. 0 to 1.
 */
export function minimumLlrCost(trials: RankedTrials, weights?: TrialWeights): number {
  const { targets, nontargets } = totalWeights(trials, weights);
  let cost = 0;
  for (const block of pooledBlocks(trials, weights)) {
    // llr = ln((t / T) / (n / N)); both terms are 0 where the block holds one class only.
    if (block.targets === 0 || block.nontargets === 0) continue;
    const odds = (block.targets / targets) * (nontargets / block.nontargets);
    cost += (block.targets / targets) * Math.log2(1 + 1 / odds);
    cost += (block.nontargets / nontargets) * Math.log2(1 + odds);
  }
  return cost / 2;
}

interface Block {
  targets: number;
  nontargets: number;
}

/** Neighbouring trials pooled until the share of targets rises from block to block. */
function pooledBlocks(trials: RankedTrials, weights?: TrialWeights): readonly Block[] {
  const { scores, labels } = trials;
  const blocks: Block[] = [];
  let rank = 0;
  while (rank < scores.length) {
    const score = scores[rank];
    const block = { targets: 0, nontargets: 0 };
    while (rank < scores.length && scores[rank] === score) {
      const weight = weights === undefined ? 1 : (weights[rank] ?? 0);
      if (labels[rank] === 1) block.targets += weight;
      else block.nontargets += weight;
      rank++;
    }
    if (block.targets + block.nontargets === 0) continue;
    let last = blocks.at(-1);
    while (last !== undefined && shareNotBelow(last, block)) {
      block.targets += last.targets;
      block.nontargets += last.nontargets;
      blocks.pop();
      last = blocks.at(-1);
    }
    blocks.push(block);
  }
  return blocks;
}

/** Whether the share of targets in `a` is at least that in `b`, without dividing. */
function shareNotBelow(a: Block, b: Block): boolean {
  return a.targets * b.nontargets >= b.targets * a.nontargets;
}

/** ln(1 + e^x) without overflow. */
export function softplus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}
