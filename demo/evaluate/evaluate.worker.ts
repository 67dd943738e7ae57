import {
  createCohort,
  type EvaluationInput,
  evaluateEmbeddings,
  REPORT_STYLES,
  readTrialList,
  refuseOneClass,
  reportBody,
  reportPage,
  scoresCsv,
  type TrialList,
  VoiceprintError,
} from 'voiceprint-web/report';
import type { EvaluateReply, EvaluateRequest } from './messages.js';

/** Longer lists are read, but not hashed: that needs all of their bytes at once. */
const LARGEST_HASHED = 2 ** 28;

interface ReadList {
  readonly name: string;
  readonly list: TrialList;
  readonly sha256: string | undefined;
}

let current: ReadList | undefined;
let measured: EvaluationInput | undefined;

const send = (reply: EvaluateReply): void => postMessage(reply);

addEventListener('message', ({ data }: MessageEvent<EvaluateRequest>) => {
  answer(data).catch((error: unknown) => {
    const code = error instanceof VoiceprintError ? error.code : undefined;
    send({ type: 'failed', code, message: error instanceof Error ? error.message : String(error) });
  });
});

async function answer(request: EvaluateRequest): Promise<void> {
  if (request.type === 'read') await read(request.name, request.file);
  else if (request.type === 'measure') measure(request);
  else if (measured !== undefined) {
    const { list, lengths, embeddings } = measured;
    const file = new Blob([...scoresCsv(list, lengths, embeddings)], { type: 'text/csv' });
    send({ type: 'scores', file });
  }
}

/** Reads the list piece by piece: it may have ten million lines. */
async function read(name: string, file: Blob): Promise<void> {
  current = undefined;
  const list = await readTrialList(pieces(file));
  refuseOneClass(list.labels);
  const sha256 = file.size <= LARGEST_HASHED ? await hashOf(file) : undefined;
  current = { name, list, sha256 };
  const { files, labels, targets, duplicates } = list;
  send({ type: 'read', contents: { name, files, trials: labels.length, targets, duplicates } });
}

async function* pieces(file: Blob): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const reader = file.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    yield decoder.decode(value, { stream: true });
  }
  yield decoder.decode();
}

/** Absent where the page is not served securely. */
async function hashOf(file: Blob): Promise<string | undefined> {
  const digest = await globalThis.crypto.subtle?.digest('SHA-256', await file.arrayBuffer());
  if (digest === undefined) return undefined;
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function measure(request: EvaluateRequest & { readonly type: 'measure' }): void {
  if (current === undefined) throw new Error('no trial list was read');
  const { list, name, sha256 } = current;
  const { lengths, embeddings, skipped, normalization, speechOnly, program } = request;
  const model =
    normalization === undefined
      ? request.model
      : {
          ...request.model,
          normalization: {
            cohort: createCohort(normalization.cohort, { top: normalization.top }),
            top: normalization.top,
          },
        };
  measured = { list, lengths, embeddings, skipped, model, speechOnly };
  const { evaluation, details } = evaluateEmbeddings({
    ...measured,
    onProgress: (done, total) => send({ type: 'measuring', done, total }),
  });
  const about = {
    list: name,
    date: new Date().toISOString(),
    program,
    ...(sha256 === undefined ? {} : { listSha256: sha256 }),
  };
  const report = { about, evaluation, details };
  send({
    type: 'measured',
    report: {
      evaluation,
      body: reportBody(report),
      styles: REPORT_STYLES,
      page: new Blob([reportPage(report)], { type: 'text/html' }),
    },
  });
}
