import { ELEMENT_TYPES, type ElementType } from '../element-types.js';
import { malformed } from '../failures.js';
import { itemsOf, size } from './arguments.js';
import type { PickleBudget } from './budget.js';
import {
  PickleForeign,
  PickleGlobal,
  PickleStorage,
  PickleTensor,
  PickleTuple,
  type PickleValue,
  RefusedTensor,
} from './values.js';

/** More axes than torch itself allows would only be copied. */
const MOST_AXES = 64;

/** `torch._utils._rebuild_tensor_v2(storage, offset, size, stride, ...)`. */
export function tensorView(
  [storage, offset, shape, strides]: readonly PickleValue[],
  name: string,
  budget: PickleBudget,
): PickleValue {
  return makeTensor({ storage, offset, shape, strides }, undefined, name, budget);
}

/** Version 3 carries the element type apart from an untyped storage. */
export function typedTensorView(
  [storage, offset, shape, strides, , , dtype]: readonly PickleValue[],
  name: string,
  budget: PickleBudget,
): PickleValue {
  const type = typeof dtype === 'string' ? dtype.replace(/^torch\./, '') : '';
  const elementType = ELEMENT_TYPES.get(type);
  if (elementType === undefined) {
    return new RefusedTensor(type === '' ? name : `torch.${type}`, axes(shape, name, budget));
  }
  return makeTensor({ storage, offset, shape, strides }, elementType, name, budget);
}

/** `torch._utils._rebuild_parameter(data, requires_grad, hooks)`. */
export function parameter([tensor]: readonly PickleValue[], name: string): PickleValue {
  if (tensor instanceof PickleTensor || tensor instanceof RefusedTensor) return tensor;
  if (tensor instanceof PickleForeign) return new RefusedTensor(tensor.name);
  throw malformed(`The pickle gives ${name} no tensor`);
}

/**
 * `torch._tensor._rebuild_from_type_v2(func, type, args, state)`: a tensor with attributes, or of a
 * subclass whose values only its own code could tell.
 */
export function tensorOfType(
  [maker, type, args]: readonly PickleValue[],
  name: string,
  budget: PickleBudget,
): PickleValue {
  const plain =
    type instanceof PickleGlobal && /^torch\.(Tensor|nn\.parameter\.\w+)$/.test(type.name);
  if (plain && maker instanceof PickleGlobal && args instanceof PickleTuple) {
    const make = MAKERS.get(maker.name);
    if (make !== undefined) return make(args.items, maker.name, budget);
  }
  return new RefusedTensor(type instanceof PickleGlobal ? type.name : name);
}

const MAKERS: ReadonlyMap<string, typeof tensorView> = new Map([
  ['torch._utils._rebuild_tensor_v2', tensorView],
  ['torch._utils._rebuild_tensor_v3', typedTensorView],
]);

interface View {
  readonly storage: PickleValue | undefined;
  readonly offset: PickleValue | undefined;
  readonly shape: PickleValue | undefined;
  readonly strides: PickleValue | undefined;
}

function makeTensor(
  { storage, offset, shape, strides }: View,
  typed: ElementType | undefined,
  name: string,
  budget: PickleBudget,
): PickleValue {
  const sizes = axes(shape, name, budget);
  if (storage instanceof PickleForeign) return new RefusedTensor(storage.name, sizes);
  if (!(storage instanceof PickleStorage)) throw malformed(`The pickle gives ${name} no storage`);
  const elementType = typed ?? storage.elementType;
  if (elementType === undefined) return new RefusedTensor(storage.className, sizes);
  const steps = axes(strides, name, budget);
  return new PickleTensor(storage, elementType, size(offset, name), sizes, steps);
}

function axes(value: PickleValue | undefined, name: string, budget: PickleBudget): number[] {
  const items = itemsOf(value, name);
  if (items.length > MOST_AXES) {
    throw malformed(`The pickle gives ${name} ${items.length} axes`);
  }
  budget.value(items.length);
  return items.map((item) => size(item, name));
}
