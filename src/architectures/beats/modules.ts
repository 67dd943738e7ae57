import type { UpstreamModule } from '../module.js';
import { multiheadAttention } from './blocks/multihead-attention.js';
import { espnetBeats } from './espnet.js';
import { unilmBeats } from './unilm.js';

/**
 * BEATs (Chen et al., ICML 2023, https://arxiv.org/abs/2212.09058; upstream: unilm/beats at 768a3c8
 * and espnet2/asr/encoder/beats_encoder.py).
 */
export const beats: readonly UpstreamModule[] = [unilmBeats, espnetBeats, multiheadAttention];
