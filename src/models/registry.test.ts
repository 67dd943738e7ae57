import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { locateFolder, locateModel, SHIPPED_MODELS } from './registry.js';
import { locateModelInNode, speechDetectorUrlInNode } from './registry-node.js';

const folder = mkdtempSync(join(tmpdir(), 'voiceprint-registry-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('locateModel', () => {
  const base = 'https://app.example/voice/index.html';

  it.each(SHIPPED_MODELS)('finds the files of %s one by one', (name) => {
    const location = locateModel(name, base);
    expect(location.manifest.pathname).toMatch(new RegExp(`/models/${name}/manifest.json$`));
    expect(location.file('model.onnx').pathname).toMatch(new RegExp(`/models/${name}/model.onnx$`));
  });

  it.each([
    ['./mine', 'https://app.example/voice/mine/'],
    ['mine/', 'https://app.example/voice/mine/'],
    ['/mine/manifest.json', 'https://app.example/mine/'],
    ['https://cdn.example/m', 'https://cdn.example/m/'],
  ])('finds %s in a folder', (source, expected) => {
    const location = locateModel(source, base);
    expect(location.manifest.href).toBe(`${expected}manifest.json`);
    expect(location.file('deep/model.onnx').href).toBe(`${expected}deep/model.onnx`);
  });

  it('keeps the signature of a signed address on every file', () => {
    const location = locateFolder(new URL('https://cdn.example/m/?key=1'));
    expect(location.manifest.href).toBe('https://cdn.example/m/manifest.json?key=1');
    expect(location.file('model.onnx').href).toBe('https://cdn.example/m/model.onnx?key=1');
  });

  it.each(['nope', 'constructor', '__proto__'])('does not know %s', (source) => {
    expect(() => locateModel(source, base)).toThrow(/no model named .* ships .*default/);
  });

  it('refuses what is no address', () => {
    expect(() => locateModel('http://', base)).toThrow(/neither a shipped model/);
    expect(() => locateModel('./mine', undefined)).toThrow(/neither a shipped model/);
  });
});

describe('locateModelInNode', () => {
  it('takes the path of a folder, absolute or relative, and an address', () => {
    const expected = pathToFileURL(join(folder, 'manifest.json')).href;
    expect(locateModelInNode(folder).manifest.href).toBe(expected);
    expect(locateModelInNode(pathToFileURL(folder)).manifest.href).toBe(expected);
    expect(locateModelInNode('https://cdn.example/m').manifest.href).toBe(
      'https://cdn.example/m/manifest.json',
    );
    expect(fileURLToPath(locateModelInNode('./some folder').manifest)).toBe(
      join(process.cwd(), 'some folder', 'manifest.json'),
    );
  });

  it('takes a bare word for a folder only when there is one', () => {
    expect(() => locateModelInNode('no-such-model')).toThrow(/no model named "no-such-model"/);
    const name = 'bare-word-folder';
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'manifest.json'), '{}');
    const before = process.cwd();
    process.chdir(folder);
    try {
      expect(fileURLToPath(locateModelInNode(name).manifest)).toContain(name);
    } finally {
      process.chdir(before);
    }
  });

  it('knows where the speech detector lies', () => {
    expect(existsSync(speechDetectorUrlInNode())).toBe(true);
  });
});
