import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openNodeVerifier } from '../../src/cli/node-verifier.js';
import { openEngine } from '../../src/verifier/engine.js';
import type { StreamMode } from '../../src/verifier/stream-types.js';
import { type Conversation, dialogues, meetings } from './conversations.js';
import { enrollVoices } from './listen.js';
import { offlineReference } from './offline-reference.js';
import { type Labelled, prove } from './proof.js';
import { jsonOf, type ModeReport, markdownOf } from './report.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Which model each mode listens with. */
const MODELS: Readonly<Record<StreamMode, string>> = { window: 'default', causal: 'streaming' };

/**
 * `npx tsx scripts/stream-proof/index.ts [--mode window|causal] [--json] [--out docs/streaming.md]`:
 * lets streams listen to conversations and compares whom they name with who speaks.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      mode: { type: 'string', multiple: true, default: ['causal', 'window'] },
      json: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  });
  const shared = process.env.VOICEPRINT_SHARED ?? resolve(ROOT, '../shared');
  const folder = join(shared, 'speech', 'dialogue');
  const conversations = await labelled([...(await dialogues(folder)), ...(await meetings(folder))]);
  const reports: ModeReport[] = [];
  for (const mode of values.mode.map(modeOf)) {
    process.stderr.write(`${mode} mode with ${MODELS[mode]} ...\n`);
    reports.push(await report(mode, conversations));
  }
  if (values.out !== undefined) await writeFile(values.out, markdownOf(reports));
  console.log(values.json ? JSON.stringify(jsonOf(reports)) : markdownOf(reports));
}

function modeOf(text: string): StreamMode {
  if (text === 'window' || text === 'causal') return text;
  throw new Error(`no mode "${text}"; give window or causal`);
}

/** The reference is the default model's in every mode, so that modes are judged alike. */
async function labelled(conversations: readonly Conversation[]): Promise<readonly Labelled[]> {
  const engine = await openEngine({ model: MODELS.window, backend: 'wasm' });
  const all: Labelled[] = [];
  for (const conversation of conversations) {
    const spoken = conversation.spoken ?? (await offlineReference(engine, conversation));
    all.push({ ...conversation, spoken });
  }
  await engine.dispose();
  return all;
}

async function report(mode: StreamMode, conversations: readonly Labelled[]): Promise<ModeReport> {
  const verifier = await openNodeVerifier(MODELS[mode]);
  try {
    const enrollments = await enrollVoices(verifier, conversations);
    const outcomes = await prove(verifier, enrollments, conversations, mode);
    return { mode, model: verifier.model, refused: enrollments.refused, outcomes };
  } finally {
    await verifier.dispose();
  }
}

await main();
