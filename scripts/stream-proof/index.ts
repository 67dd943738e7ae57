import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { decodeInNode } from '../../src/audio/decode-node.js';
import { openVault } from '../../src/vault/index.js';
import { openEngine } from '../../src/verifier/engine.js';
import type { Engine } from '../../src/verifier/engine-types.js';
import { VERIFIER_DEFAULTS } from '../../src/verifier/options.js';
import type { StreamMode } from '../../src/verifier/stream-types.js';
import { assembleVerifier } from '../../src/verifier/verifier.js';
import { type Conversation, dialogues, meetings } from './conversations.js';
import { enrollVoices } from './listen.js';
import { offlineReference } from './offline-reference.js';
import { type Labelled, prove } from './proof.js';
import { RememberingEngine } from './remembering-engine.js';
import { type AtThreshold, jsonOf, type ModeReport, markdownOf } from './report.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Which model each mode listens with. */
const MODELS: Readonly<Record<StreamMode, string>> = { window: 'default', causal: 'streaming' };

/**
 * `npm run stream-proof -- [--mode window|causal] [--only CLIP] [--threshold COSINE] [--json]
 * [--out docs/streaming.md]`: lets streams listen to conversations and compares whom they name with
 * who speaks. `--only` takes the clips whose names hold the text. `--threshold` listens once more at
 * that threshold, besides the default one. These and `--mode` may be given several times.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      mode: { type: 'string', multiple: true, default: ['causal', 'window'] },
      only: { type: 'string', multiple: true, default: [''] },
      threshold: { type: 'string', multiple: true, default: ['0.3', '0.2'] },
      json: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  });
  const modes = values.mode.map(modeOf);
  const thresholds = values.threshold.map(thresholdOf);
  const shared = process.env.VOICEPRINT_SHARED ?? resolve(ROOT, '../shared');
  const folder = join(shared, 'speech', 'dialogue');
  // The reference is the default model's in every mode, so that modes are judged alike.
  const offline = await openListeningEngine(MODELS.window);
  const recordings = [...(await dialogues(folder)), ...(await meetings(folder))].filter(
    ({ clip }) => values.only.some((text) => clip.includes(text)),
  );
  if (recordings.length === 0) throw new Error(`no clip is called ${values.only.join(' or ')}`);
  const conversations = await labelled(offline, recordings);
  const reports: ModeReport[] = [];
  for (const mode of modes) {
    process.stderr.write(`${mode} mode with ${MODELS[mode]} ...\n`);
    const engine = mode === 'window' ? offline : await openListeningEngine(MODELS[mode]);
    reports.push(await report(engine, mode, conversations, thresholds));
    if (engine !== offline) await engine.dispose();
  }
  await offline.dispose();
  if (values.out !== undefined) await writeFile(values.out, markdownOf(reports));
  console.log(values.json ? JSON.stringify(jsonOf(reports)) : markdownOf(reports));
}

function modeOf(text: string): StreamMode {
  if (text === 'window' || text === 'causal') return text;
  throw new Error(`no mode "${text}"; give window or causal`);
}

function thresholdOf(text: string): number {
  const threshold = Number(text);
  if (text.trim() !== '' && threshold >= -1 && threshold <= 1) return threshold;
  throw new Error(`no threshold "${text}"; give a cosine from -1 to 1`);
}

async function openListeningEngine(model: string): Promise<Engine> {
  return new RememberingEngine(await openEngine({ model, backend: 'wasm', threads: 1 }));
}

async function labelled(
  engine: Engine,
  conversations: readonly Conversation[],
): Promise<readonly Labelled[]> {
  const all: Labelled[] = [];
  for (const conversation of conversations) {
    const spoken = conversation.spoken ?? (await offlineReference(engine, conversation));
    all.push({ ...conversation, spoken });
  }
  return all;
}

/** The verifier that `createVerifier` makes, in this process and with voiceprints in memory. */
async function report(
  engine: Engine,
  mode: StreamMode,
  conversations: readonly Labelled[],
  thresholds: readonly number[],
): Promise<ModeReport> {
  const verifier = assembleVerifier({
    engine,
    vault: await openVault({ name: VERIFIER_DEFAULTS.vaultName, storage: 'memory' }),
    decode: decodeInNode,
    openMicrophone: () => Promise.reject(new Error('no microphone here')),
    falseAcceptRate: VERIFIER_DEFAULTS.falseAcceptRate,
  });
  const enrollments = await enrollVoices(verifier, conversations);
  const outcomes = await prove(verifier, enrollments, conversations, mode);
  const atThresholds: AtThreshold[] = [];
  for (const threshold of thresholds) {
    process.stderr.write(`${mode} mode at ${threshold} ...\n`);
    atThresholds.push({
      threshold,
      outcomes: await prove(verifier, enrollments, conversations, mode, { threshold }),
    });
  }
  return { mode, model: verifier.model, refused: enrollments.refused, outcomes, atThresholds };
}

await main();
