import { type ConvertConfig, parseConvertConfig } from '../config.js';
import { isYamlMap, TaggedYaml, type YamlMap, type YamlValue } from './yaml.js';

const DEEPEST = 20;

/**
 * What SpeechBrain's `hyperparams.yaml` says of an encoder: the class behind `embedding_model` with
 * its arguments, `compute_features` and `mean_var_norm`. Tags (`!new:`, `!name:`, `!ref`, of
 * HyperPyYAML) are read as data; no class is looked up.
 */
export function speechbrainConfig(root: YamlMap, source: string): ConvertConfig | undefined {
  const encoder = instance(root, 'embedding_model');
  if (encoder === undefined) return undefined;
  const features = instance(root, 'compute_features');
  const normalization = instance(root, 'mean_var_norm')?.ctor;
  const { sample_rate } = root;
  const whole = {
    ...encoder,
    ...(features === undefined
      ? {}
      : {
          features: {
            ...features,
            ...(normalization?.norm_type === undefined
              ? {}
              : {
                  normalization: {
                    norm_type: normalization.norm_type,
                    ...(normalization.std_norm === undefined
                      ? {}
                      : { std_norm: normalization.std_norm }),
                  },
                }),
          },
        }),
    ...(typeof sample_rate === 'number' ? { sample_rate } : {}),
  };
  return parseConvertConfig(whole, source);
}

/** `name: !new:package.Class {arguments}`. */
function instance(root: YamlMap, name: string) {
  const value = root[name];
  if (!(value instanceof TaggedYaml)) return undefined;
  const made = /^(?:new|name):(.+)$/.exec(value.tag)?.[1];
  if (made === undefined) return undefined;
  const ctor = resolve(value.value, root, 0);
  return { class: made, ctor: isYamlMap(ctor) ? ctor : {} };
}

/** Puts what `!ref <name>` refers to in its place; anything else with a tag stays as its text. */
function resolve(value: YamlValue, root: YamlMap, depth: number): YamlValue {
  if (depth > DEEPEST) return null;
  if (value instanceof TaggedYaml) {
    const path = value.tag === 'ref' || value.tag === 'copy' ? referred(value.value) : undefined;
    const found = path?.reduce<YamlValue | undefined>(
      (inner, key) => (isYamlMap(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined),
      root,
    );
    if (found !== undefined) return resolve(found, root, depth + 1);
    return typeof value.value === 'object' ? `!${value.tag}` : value.value;
  }
  if (Array.isArray(value)) return value.map((item) => resolve(item, root, depth + 1));
  if (!isYamlMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, resolve(inner, root, depth + 1)]),
  );
}

/** The keys of `<a>`, `<a.b>` or `<a[b]>`. */
function referred(value: YamlValue): string[] | undefined {
  const path = typeof value === 'string' ? /^\s*<([^<>]+)>\s*$/.exec(value)?.[1] : undefined;
  return path?.split(/[.[\]]+/).filter((key) => key !== '');
}
