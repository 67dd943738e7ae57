import type { UpstreamModule } from '../module.js';
import { refuseArguments } from '../options.js';
import { parseBeatsConfig } from './config.js';
import { buildTokens, describeBeats, predictClasses } from './graph.js';

/**
 * unilm's BEATs (unilm/beats/BEATs.py) behind its features: `fbank` is what `preprocess` gives, and
 * `frame_padding_mask` the first `forward_padding_mask` over samples. Both belong to the front end.
 * Constructor arguments are the entries of `BEATsConfig`.
 */
export const unilmBeats: UpstreamModule = {
  cls: 'unilm beats BEATs.BEATs',
  configure(config) {
    const c = parseBeatsConfig('BEATs', config, 'unilm');
    const y = c.finetuned_model
      ? ['batch', c.predictor_class]
      : ['batch', 'tokens', c.encoder_embed_dim];
    return {
      description: describeBeats(c, undefined, [{ name: 'y', dtype: 'float32', shape: y }]),
      build(g, weights, request) {
        refuseArguments('BEATs', request.args);
        const tokens = buildTokens(g, weights, request, c, {
          choose: (_, __, { output }) => output,
        });
        g.output('y', c.finetuned_model ? predictClasses(g, weights, tokens, c) : tokens.tokens);
      },
    };
  },
};
