import type { TensorValue } from '../../../src/tensor.js';

/** A tensor on its way between Node and the page: its bytes lie at a URL, or in base64. */
export interface WireTensor {
  readonly type: TensorValue['type'];
  readonly dims: readonly number[];
  readonly bytes: string;
}

/** What the page answers: values, or the error's code and message. */
export type PageAnswer<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

/** The functions that the page puts on `window`. */
export interface ParityPage {
  start(): Promise<PageAnswer<string>>;
  open(url: string): Promise<PageAnswer<number>>;
  run(
    graph: number,
    inputs: Readonly<Record<string, WireTensor>>,
  ): Promise<PageAnswer<Record<string, WireTensor>>>;
  close(graph: number): Promise<PageAnswer<null>>;
}

/** Typed-array view of a tensor's bytes. */
export function tensorData(type: TensorValue['type'], bytes: ArrayBuffer): TensorValue['data'] {
  switch (type) {
    case 'float32':
      return new Float32Array(bytes);
    case 'int64':
      return new BigInt64Array(bytes);
    case 'int32':
      return new Int32Array(bytes);
    case 'uint8':
    case 'bool':
      return new Uint8Array(bytes);
  }
}

/** The bytes behind a typed array. */
export function bytesOf(data: TensorValue['data']): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
