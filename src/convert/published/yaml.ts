import type { YAMLMap } from 'yaml';
import { escapeUnprintable } from '../../checkpoint/printable.js';
import { VoiceprintError } from '../../errors.js';

/** What a YAML file holds. A tag, such as `!new:package.Class`, is kept as text: it is data. */
export type YamlValue =
  | null
  | boolean
  | number
  | string
  | readonly YamlValue[]
  | YamlMap
  | TaggedYaml;

export interface YamlMap {
  readonly [key: string]: YamlValue;
}

/** A value with a tag that YAML itself does not know. */
export class TaggedYaml {
  constructor(
    /** Without its exclamation mark: `new:package.Class`, `ref`. */
    readonly tag: string,
    readonly value: YamlValue,
  ) {}
}

/** Longer than any configuration; a parser takes some hundred times as much memory. */
const LARGEST = 2 ** 20;
/** Aliases can stand for the same lists over and over. */
const MOST_VALUES = 100_000;
const DEEPEST = 100;

/** The library is loaded when there is YAML: most checkpoints come without. */
export async function parseYaml(text: string, source: string): Promise<YamlValue> {
  if (text.length > LARGEST) {
    throw malformed(
      source,
      `it has ${text.length} characters, and a configuration ${LARGEST} at most`,
    );
  }
  const { parseDocument, isAlias, isMap, isNode, isScalar, isSeq } = await import('yaml');
  let values = 0;
  try {
    const document = parseDocument(text, { version: '1.2', merge: true, logLevel: 'silent' });
    const [error] = document.errors;
    if (error !== undefined) throw malformed(source, error.message, error);
    const convert = (node: unknown, depth: number): YamlValue => {
      values += 1;
      if (values > MOST_VALUES || depth > DEEPEST) throw malformed(source, 'it holds too much');
      if (isAlias(node)) return convert(node.resolve(document), depth + 1);
      const plain = isMap(node)
        ? mapOf(node, convert, depth)
        : isSeq(node)
          ? node.items.map((item) => convert(item, depth + 1))
          : isScalar(node)
            ? scalarOf(node.value)
            : null;
      const tag = isNode(node) ? node.tag : undefined;
      return tag?.startsWith('!') === true && tag.length > 1
        ? new TaggedYaml(tag.slice(1), plain)
        : plain;
    };
    return convert(document.contents, 0);
  } catch (cause) {
    if (cause instanceof VoiceprintError) throw cause;
    throw malformed(source, 'it is no YAML', cause);
  }
}

function mapOf(
  map: YAMLMap,
  convert: (node: unknown, depth: number) => YamlValue,
  depth: number,
): YamlMap {
  return Object.fromEntries(
    map.items.map(({ key, value }) => [String(convert(key, depth + 1)), convert(value, depth + 1)]),
  );
}

function scalarOf(value: unknown): YamlValue {
  const plain = typeof value === 'boolean' || typeof value === 'number' || value === null;
  return plain ? value : String(value);
}

/** Whether a value is a map without a tag. */
export function isYamlMap(value: YamlValue | undefined): value is YamlMap {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof TaggedYaml)
  );
}

/** A map of a map, or an empty one. */
export function mapIn(map: YamlMap, key: string): YamlMap {
  const value = Object.hasOwn(map, key) ? map[key] : undefined;
  return isYamlMap(value) ? value : {};
}

function malformed(source: string, what: string, cause?: unknown): VoiceprintError {
  return new VoiceprintError(
    'model/malformed',
    escapeUnprintable(
      `${source} is not understood: ${what}; mend it, or give the checkpoint alone`,
    ),
    { cause },
  );
}
