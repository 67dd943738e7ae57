import { elementCount, type NamedTensors, type Tensor } from '../tensor.js';

/** Tensors that remember whose values were read, so that a report can tell what was left over. */
export class UsedTensors {
  readonly tensors: NamedTensors;
  readonly #used = new Set<string>();
  readonly #all: NamedTensors;

  constructor(tensors: NamedTensors) {
    this.#all = tensors;
    this.tensors = new Map([...tensors].map(([key, tensor]) => [key, this.#watch(key, tensor)]));
  }

  get used(): readonly string[] {
    return [...this.#all.keys()].filter((key) => this.#used.has(key));
  }

  get ignored(): readonly string[] {
    return [...this.#all.keys()].filter((key) => !this.#used.has(key));
  }

  /** Values of the tensors that were read. */
  get parameters(): number {
    return this.used.reduce((sum, key) => sum + elementCount(this.#all.get(key)?.shape ?? [0]), 0);
  }

  #watch(key: string, tensor: Tensor): Tensor {
    return {
      dtype: tensor.dtype,
      shape: tensor.shape,
      float32: () => {
        this.#used.add(key);
        return tensor.float32();
      },
    };
  }
}
