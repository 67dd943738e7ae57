import { espnetBeats } from './beats/espnet.js';
import { multiheadAttention } from './beats/multihead-attention.js';
import { unilmBeats } from './beats/unilm.js';
import type { UpstreamModule } from './module.js';

/**
 * BEATs (Chen et al., ICML 2023, https://arxiv.org/abs/2212.09058; upstream: unilm/beats at 768a3c8
 * and espnet2/asr/encoder/beats_encoder.py).
 */
export const beats: readonly UpstreamModule[] = [unilmBeats, espnetBeats, multiheadAttention];
