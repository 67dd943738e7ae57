/**
 * `Symbol.asyncDispose`, which `await using` calls at the end of a block. Where the platform has none
 * (Safari, Chromium before 127) it is defined here, so that encoders of a page's own can be written
 * with it.
 */
export const asyncDispose: typeof Symbol.asyncDispose = defined();

function defined(): typeof Symbol.asyncDispose {
  const given: typeof Symbol.asyncDispose | undefined = Symbol.asyncDispose;
  if (given === undefined) {
    Object.defineProperty(Symbol, 'asyncDispose', { value: Symbol('Symbol.asyncDispose') });
  }
  return Symbol.asyncDispose;
}
