import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ASSETS } from '../../src/platform/assets.js';
import { assetFiles } from './assets.js';

describe('the files of the package', () => {
  it('are all there, each under a place in dist/ of its own', () => {
    const files = assetFiles();
    expect([...files.keys()]).toEqual(Object.keys(ASSETS));
    expect(new Set(files.values()).size).toBe(files.size);
    for (const source of files.values()) expect(existsSync(source), source).toBe(true);
  });

  it('stop the build where one is not there, with its name and the remedy', () => {
    const typo = {
      ...ASSETS,
      'models/default/modell.onnx': () =>
        new URL('../../models/default/modell.onnx', import.meta.url).href,
    };
    expect(() => assetFiles(typo)).toThrow(
      'assets/missing: src/platform/assets.ts names "models/default/modell.onnx", but there is no models/default/modell.onnx: correct the path there, or bring the file',
    );
  });
});
