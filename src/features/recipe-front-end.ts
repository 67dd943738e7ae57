import type { Recipe } from './recipe.js';
import { checkSamples } from './samples.js';
import { FrameCutter } from './spectrum/frame-cutter.js';
import type { FrontEnd } from './types.js';

/** The front end that computes whole utterances by a recipe. */
export function recipeFrontEnd(recipe: Recipe): FrontEnd {
  const { bands, sampleRate, hop, minimumSamples, name, whole } = recipe;
  const cutter = new FrameCutter(recipe);
  return {
    bands: whole?.bands ?? bands,
    sampleRate,
    frameRate: sampleRate / hop,
    minimumSamples,
    compute(samples) {
      checkSamples(samples, minimumSamples, name);
      cutter.reset();
      const frames = cutter.framesOf(samples.length);
      const data = new Float32Array(frames * bands);
      const early = cutter.push(samples, data, 0);
      cutter.flush(data, early * bands);
      const features = { data, frames, bands };
      return whole === undefined ? features : whole.apply(features);
    },
  };
}
