import { mkdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isSupportedClass } from '../../../src/architectures/build-graph.js';
import { openCases } from './case-folder.js';
import { WHOLE_REFERENCE } from './reference.js';
import { runParity } from './run.js';
import type { CaseFolder, ParityResult } from './types.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** One case per class that takes seconds on a WebGPU without a GPU. */
const ON_WEBGPU = [
  'beats_tanh_buckets20_160',
  'confconv_causal_k5',
  'csgu_causal_k5',
  'dwconv_causal_even_k4',
  'espnet_beats_maxlayer1',
  'espnet_ecapa_e2e_small',
  'espnet_ecapa_encoder_64',
  'hyper_h1_tied_fix',
  'hypernet_default',
  'mha_encdec',
  'pmlps_m3',
  'rawnet3_projector',
  'sb_asp_glob',
  'sb_classifier_2',
  'sb_ecapa_small_opts',
  'sb_res2net_s8',
  'sb_se_32',
  'sb_seres2_shortcut',
  'sb_tdnn_k5',
  'ska_attn_c48_k1',
  'ska_bottle2neck_64',
  'ska_cwSKAttention_6x20',
  'ska_encoder_72',
  'ska_fwSKAttention_6x20',
  'ska_pool_48_masking',
  'ska_projector_96',
  'ska_resblock',
  'tao_ecapa_c32',
  'wespeaker_ecapa_dev',
];

/** What all cases of a class came to. */
interface Row {
  readonly results: ParityResult[];
  webgpu?: { readonly name: string; readonly results: readonly ParityResult[] };
}

/**
 * `npx tsx scripts/lab/parity/parity-table.ts [--out docs/parity.md]`: runs the reference cases on WebAssembly
 * and one per class on WebGPU, and writes the worst error of each class.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { out: { type: 'string' } } });
  const rows = new Map<string, Row>();
  for (const folder of await openCases(WHOLE_REFERENCE)) {
    const { cases: results } = await runParity(folder.path);
    for (const result of results) rowOf(rows, subject(folder, result)).results.push(result);
    if (!ON_WEBGPU.includes(folder.name)) continue;
    process.stderr.write(`${folder.name} on WebGPU ...\n`);
    const { cases } = await runParity(folder.path, { backend: 'webgpu' });
    rowOf(rows, folder.config.cls ?? '').webgpu = { name: folder.name, results: cases };
  }
  const path = values.out ?? resolve(ROOT, 'docs/parity.md');
  await mkdir(resolve(path, '..'), { recursive: true });
  await writeFile(path, page(rows));
  const all = [...rows.values()].flatMap((row) => [...row.results, ...(row.webgpu?.results ?? [])]);
  const wrong = all.filter(({ pass }) => !pass);
  for (const result of wrong) console.error(JSON.stringify(result));
  if (wrong.length > 0) process.exitCode = 1;
}

/** Cases of several front ends name them by their outputs; elsewhere it is the class. */
function subject({ name, config }: CaseFolder, { run, output }: ParityResult): string {
  if (config.cls === undefined) return 'windows and mel matrices';
  if (config.cls !== '(see outputs)') return config.cls;
  const which = output === 'raises' ? (run.split('/').at(-1) ?? '') : output;
  const front = FRONT_ENDS[which] ?? which;
  return `${front}${name.startsWith('front_edge') ? ', edge cases' : ''}`;
}

const FRONT_ENDS: Readonly<Record<string, string>> = {
  sb_fbank80: "SpeechBrain's Fbank",
  beats_fbank128: "Kaldi's fbank as BEATs takes it, 128 bins",
  sb_fbank80_norm: "SpeechBrain's Fbank, normalized",
  espnet_melspec_ska: "ESPnet's MelSpectrogramTorch",
  kaldi80_cmn_wespeaker: "Kaldi's fbank as WeSpeaker takes it, 80 bins",
};

function rowOf(rows: Map<string, Row>, name: string): Row {
  const row = rows.get(name) ?? { results: [] };
  rows.set(name, row);
  return row;
}

function page(rows: ReadonlyMap<string, Row>): string {
  const graphs = [...rows].filter(([name]) => isSupportedClass(name));
  const others = [...rows].filter(([name]) => !isSupportedClass(name));
  const total = [...rows.values()].flatMap(({ results }) => results);
  const passed = total.filter(({ pass }) => pass).length;
  return `# Equal to upstream

Each class against its original in PyTorch, in float64, with random weights (no normalization is
trivial). ${passed} of ${total.length} comparisons on WebAssembly are within what is allowed: an
error is the largest absolute one over the largest absolute value of the reference, and 1e-5 is
allowed from features on. Behind a front end four times the error that upstream's own float32 result
has is allowed where that is more; features themselves are judged by the 99.9th percentile of their
errors, and allowed what the tables say. A refusal is an input that upstream raises on, refused here
with a typed error.

## Graphs

WebGPU was run for one case of each class, in Chromium with SwiftShader (no GPU).

| class | compared | refused | worst error, WASM | allowed there | worst error, WebGPU | case on WebGPU |
|---|--:|--:|--:|--:|--:|---|
${graphs.sort(byName).map(graphLine).join('\n')}

## Front ends, masks and tables

In TypeScript, the same on every backend.

| what | compared | refused | worst error | allowed there |
|---|--:|--:|--:|--:|
${others.sort(byName).map(otherLine).join('\n')}

## Again

\`\`\`sh
npx tsx scripts/lab/parity/parity-table.ts                 # writes this page
npm run --silent voiceprint -- parity DIR                  # every case of a folder, one line per comparison
npm run --silent voiceprint -- parity DIR --backend webgpu # the same in a headless Chromium
\`\`\`

All of the reference cases are in the folder \`reference/cases\` of the one that \`VOICEPRINT_SHARED\` names
(default \`../shared\`), outside of the repository; sixty small ones, fed by no recording, are in
\`scripts/lab/parity/cases\`, so that a clone is held to upstream too. Systems at the size of their papers are timed by
\`npx tsx scripts/lab/bench/real-size.ts\`.
`;
}

function byName([a]: [string, Row], [b]: [string, Row]): number {
  return a.localeCompare(b);
}

function graphLine([name, { results, webgpu }]: [string, Row]): string {
  const { compared, refused, error, allowed } = summary(results);
  const onGpu = webgpu === undefined ? undefined : summary(webgpu.results);
  const cells = [name, compared, refused, error, allowed, onGpu?.error ?? '', webgpu?.name ?? ''];
  return `| ${cells.join(' | ')} |`;
}

function otherLine([name, { results }]: [string, Row]): string {
  const { compared, refused, error, allowed } = summary(results);
  return `| ${[name, compared, refused, error, allowed].join(' | ')} |`;
}

function summary(results: readonly ParityResult[]) {
  const refused = results.filter(({ output, pass }) => output === 'raises' && pass).length;
  const compared = results.filter(({ output }) => output !== 'raises');
  // NaN is what a failed comparison has, and it is worse than any number.
  const failed = results.find(({ pass }) => !pass);
  const worst = compared.reduce<ParityResult | undefined>(
    (most, result) => (most !== undefined && most.relative >= result.relative ? most : result),
    undefined,
  );
  return {
    compared: compared.length,
    refused,
    error: failed === undefined ? exponential(worst?.relative) : `FAILED: ${failed.case}`,
    allowed: exponential(worst?.tolerance),
  };
}

function exponential(value: number | undefined): string {
  if (value === undefined) return '';
  return value === 0 ? '0' : value.toExponential(1);
}

await main();
