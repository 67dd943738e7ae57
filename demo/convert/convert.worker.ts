import { Zip, ZipPassThrough } from 'fflate';
import { readCheckpoint } from 'voiceprint-web/checkpoint';
import { convertCheckpoint, VoiceprintError } from 'voiceprint-web/convert';
import type { Contents, ConvertReply, ConvertRequest } from './messages.js';

const LONGEST_VALUE = 160;
/** A checkpoint beyond this cannot be held in one array by every browser. */
const LARGEST_FILE = 2 ** 31 - 1;

const send = (reply: ConvertReply): void => postMessage(reply);

addEventListener('message', ({ data }: MessageEvent<ConvertRequest>) => {
  const work = data.type === 'convert' ? convert(data) : zip(data.files);
  work.catch((error: unknown) => {
    const code = error instanceof VoiceprintError ? error.code : undefined;
    send({ type: 'failed', code, message: error instanceof Error ? error.message : String(error) });
  });
});

async function convert(request: ConvertRequest & { type: 'convert' }): Promise<void> {
  const start = performance.now();
  const bytes = await readOnce(request.file);
  send({ type: 'contents', contents: contentsOf(bytes) });
  const { manifest, files, report } = await convertCheckpoint(bytes, {
    name: request.name,
    precision: request.precision,
    ...(request.frontEnd === undefined ? {} : { frontEnd: request.frontEnd }),
    onProgress: (stage) => send({ type: 'stage', stage }),
  });
  // For comparing, the graph is built a second time, in float32.
  const compared = manifest.precision === 'fp32' ? 0 : report.parameters * 4;
  const parts = [...files].map(([path, part]) => [path, new Blob([owned(part)])] as const);
  send({
    type: 'converted',
    converted: {
      report,
      name: manifest.name,
      precision: manifest.precision,
      embeddingSize: manifest.embeddingSize,
      bytes: manifest.files.model.bytes,
      frontEnd: report.features.name,
      files: new Map(parts),
      heldBytes: bytes.length + manifest.files.model.bytes + compared,
      milliseconds: performance.now() - start,
    },
  });
}

/** Straight into its place, piece by piece: the file is never in memory twice. */
async function readOnce(file: File): Promise<Uint8Array> {
  if (file.size > LARGEST_FILE) {
    throw new VoiceprintError(
      'checkpoint/limit',
      `The file has ${file.size} bytes; this page takes ${LARGEST_FILE}. Convert it with the command instead.`,
    );
  }
  const bytes = new Uint8Array(file.size);
  const reader = file.stream().getReader();
  let at = 0;
  let next = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return bytes;
    bytes.set(value, at);
    at += value.length;
    if (at < next && at < file.size) continue;
    next = at + file.size / 100;
    send({ type: 'reading', bytes: at, totalBytes: file.size });
  }
}

function contentsOf(bytes: Uint8Array): Contents {
  const { format, tensors, metadata } = readCheckpoint(bytes);
  return {
    format,
    rows: [...tensors].map(([key, { dtype, shape }]) => ({ key, dtype, shape })),
    metadata: Object.entries(metadata).map(([name, value]) => {
      const text = JSON.stringify(value) ?? '';
      return [
        name,
        text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text,
      ] as const;
    }),
  };
}

/** Stored, not compressed: trained weights do not get smaller. One file at a time is in memory. */
async function zip(files: ReadonlyMap<string, Blob>): Promise<void> {
  const parts: Blob[] = [];
  const archive = new Zip((error, chunk) => {
    if (error) throw error;
    parts.push(new Blob([owned(chunk)]));
  });
  for (const [path, file] of files) {
    const entry = new ZipPassThrough(path);
    archive.add(entry);
    entry.push(new Uint8Array(await file.arrayBuffer()), true);
  }
  archive.end();
  send({ type: 'zipped', file: new Blob(parts, { type: 'application/zip' }) });
}

/** Blobs take no view of shared memory; nothing here is one. */
function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
}
