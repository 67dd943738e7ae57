/** One concern of `src`: a folder, or a file that stands alone. */
export interface Room {
  readonly name: string;
  readonly holds: string;
}

/**
 * The rooms of `src`, in order: each imports only those above it. `entries` imports all and is
 * imported by nobody. The table in CONTRIBUTING.md is made from this list.
 */
export const ROOMS: readonly Room[] = [
  { name: 'errors', holds: '`VoiceprintError` and its codes' },
  { name: 'bytes', holds: 'bytes in whatever view a caller holds them' },
  { name: 'tensor', holds: 'named tensors, and what runs a graph over them' },
  { name: 'lifetime', holds: 'scope, serial queue, lifeline, turn: what is opened is closed' },
  { name: 'platform', holds: 'page, worker or Node, and where the files of the package are' },
  { name: 'audio', holds: 'decoding, microphone, speech, quality: 16 kHz mono samples' },
  { name: 'features', holds: 'fbank recipes' },
  { name: 'onnx', holds: 'the graph builder, ModelProto writer and reader' },
  { name: 'checkpoint', holds: 'PyTorch and safetensors readers' },
  { name: 'architectures', holds: 'from config and tensors to a graph, one folder per system' },
  { name: 'models', holds: 'manifests; find, fetch, check and cache a model folder' },
  { name: 'runtime', holds: 'the only place that touches onnxruntime-web' },
  { name: 'convert', holds: 'from a checkpoint to a model folder' },
  { name: 'scoring', holds: 'what one trial needs: cosine, AS-norm, calibration, judge' },
  { name: 'engine', holds: 'speech, quality and encoders behind one contract, in a worker' },
  { name: 'metrics', holds: 'figures over many trials: EER, DCF, Cllr, DET, thresholds' },
  { name: 'report', holds: 'figures as one page of HTML' },
  { name: 'vault', holds: 'voiceprints, sealed' },
  { name: 'stream', holds: 'the decision while they talk' },
  { name: 'verifier', holds: 'enroll, verify, identify, record' },
  { name: 'widget', holds: '`<voiceprint-check>`' },
  { name: 'transformers', holds: 'speaker models of transformers.js as encoders' },
  { name: 'react', holds: 'bindings for React' },
  { name: 'gallery', holds: 'identification among very many' },
  { name: 'evaluate', holds: 'embedding many files, calibration of a model' },
  { name: 'cli', holds: 'the shipped command' },
  { name: 'entries', holds: 'what package.json exports, and nothing else' },
];

/** The room of a file of `src`. */
export function roomOf(path: string): string {
  return path.split('/')[1]?.replace(/\.tsx?$/, '') ?? path;
}

const START = '<!-- rooms: made from scripts/check/rooms.ts by npm run check -- --write -->';
const END = '<!-- end of rooms -->';

/** A document with the table of rooms between its marks brought up to date. */
export function withRoomTable(document: string): string {
  const start = document.indexOf(START);
  const end = document.indexOf(END);
  if (start === -1 || end === -1) throw new Error(`CONTRIBUTING.md has lost its mark "${START}"`);
  const rows = ROOMS.map(({ name, holds }) => `| \`${name}\` | ${holds} |`);
  const table = ['| room | what |', '|---|---|', ...rows].join('\n');
  return `${document.slice(0, start)}${START}\n\n${table}\n\n${document.slice(end)}`;
}
