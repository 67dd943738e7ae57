// What graphs are built with. Reading and checking (which brings a protobuf library) is apart, in
// `read.ts`.
export * from './builder.js';
export * from './elementwise.js';
export * from './linear.js';
export type { Dim } from './model.js';
export * from './movement.js';
export * from './reduction.js';
export { dimAt, knownDim, offsetDim, withDim } from './shape.js';
export type { Precision } from './weights.js';
