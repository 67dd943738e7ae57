import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { decodeInNode } from '../../../src/audio/decode/decode-node.js';
import { openEncoder } from '../../../src/engine/encoder/open-encoder.js';
import type { Encoder } from '../../../src/engine/encoder/types.js';
import { openEngine } from '../../../src/engine/open-engine.js';
import type { Engine } from '../../../src/engine/types.js';
import { asyncDispose } from '../../../src/lifetime/async-dispose.js';
import { openModel } from '../../../src/models/download.js';
import type { StreamMode } from '../../../src/stream/types.js';
import { openVault } from '../../../src/vault/index.js';
import { VERIFIER_DEFAULTS } from '../../../src/verifier/options.js';
import { assembleVerifier } from '../../../src/verifier/verifier.js';
import { chooseSetting } from './choose.js';
import { type Conversation, dialogues, meetings, readings } from './conversations.js';
import { enrollVoices } from './listen.js';
import { pitchReference } from './pitch-reference.js';
import { type Labelled, prove } from './proof.js';
import { rememberingEncoder } from './remembering-encoder.js';
import { type AtThreshold, jsonOf, type ModeReport, markdownOf } from './report.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Which model each mode listens with. */
const MODELS: Readonly<Record<StreamMode, string>> = { window: 'default', causal: 'streaming' };

/**
 * `npm run stream-proof -- [--mode window|causal] [--only CLIP] [--rate SHARE] [--threshold COSINE]
 * [--json] [--out docs/streaming.md]`: lets streams listen to conversations and compares whom they name with
 * who speaks. `--only` takes the clips whose names hold the text. `--rate` and `--threshold`
 * listen once more at that false-accept rate or cosine, besides the default one. These and `--mode`
 * may be given several times.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      mode: { type: 'string', multiple: true, default: ['causal', 'window'] },
      only: { type: 'string', multiple: true, default: [''] },
      rate: { type: 'string', multiple: true, default: ['0.02'] },
      threshold: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  });
  const modes = values.mode.map(modeOf);
  const others = [
    ...values.rate.map((text) => ({ falseAcceptRate: numberOf('rate', text, 0) })),
    ...values.threshold.map((text) => ({ threshold: numberOf('threshold', text, -1) })),
  ];
  const shared = process.env.VOICEPRINT_SHARED ?? resolve(ROOT, '../shared');
  const folder = join(shared, 'speech', 'dialogue');
  const readers = join(shared, 'speech', 'dev', 'librispeech');
  const offline = await openListeningEngine(MODELS.window);
  const recordings = [
    ...(await dialogues(folder)),
    ...(await readings(readers)),
    ...(await meetings(folder)),
  ].filter(({ clip }) => values.only.some((text) => clip.includes(text)));
  if (recordings.length === 0) throw new Error(`no clip is called ${values.only.join(' or ')}`);
  const conversations = await labelled(offline, recordings);
  const reports: ModeReport[] = [];
  for (const mode of modes) {
    process.stderr.write(`${mode} mode with ${MODELS[mode]} ...\n`);
    const listening = mode === 'window' ? offline : await openListeningEngine(MODELS[mode]);
    reports.push(await report(listening.engine, mode, conversations, others));
    if (listening !== offline) await listening.engine[asyncDispose]();
  }
  await offline.engine[asyncDispose]();
  if (values.out !== undefined) await writeFile(values.out, markdownOf(reports));
  console.log(values.json ? JSON.stringify(jsonOf(reports)) : markdownOf(reports));
}

function modeOf(text: string): StreamMode {
  if (text === 'window' || text === 'causal') return text;
  throw new Error(`no mode "${text}"; give window or causal`);
}

function numberOf(what: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= 1) return value;
  throw new Error(`no ${what} "${text}"; give a number from ${least} to 1`);
}

/** An engine, and the encoder in it. */
interface ListeningEngine {
  readonly engine: Engine;
  readonly encoder: Encoder;
}

async function openListeningEngine(model: string): Promise<ListeningEngine> {
  const { manifest, files } = await openModel(model);
  const { cohort } = files;
  const encoder = rememberingEncoder(
    await openEncoder(files.model, manifest, { backend: 'wasm', threads: 1, cohort }),
  );
  return { encoder, engine: await openEngine({ encoder, threads: 1 }) };
}

async function labelled(
  listening: ListeningEngine,
  conversations: readonly Conversation[],
): Promise<readonly Labelled[]> {
  const all: Labelled[] = [];
  for (const conversation of conversations) {
    const spoken = conversation.spoken ?? (await pitchReference(listening.engine, conversation));
    all.push({ ...conversation, spoken });
  }
  return all;
}

/** The verifier that `createVerifier` makes, in this process and with voiceprints in memory. */
async function report(
  engine: Engine,
  mode: StreamMode,
  conversations: readonly Labelled[],
  others: readonly AtThreshold['options'][],
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
  for (const options of others) {
    process.stderr.write(`${mode} mode with ${JSON.stringify(options)} ...\n`);
    atThresholds.push({
      options,
      outcomes: await prove(verifier, enrollments, conversations, mode, options),
    });
  }
  const choice = await chooseSetting(verifier, enrollments, conversations, mode);
  const { model } = verifier;
  return { mode, model, refused: enrollments.refused, outcomes, atThresholds, choice };
}

await main();
