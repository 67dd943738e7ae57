import { type Verifier, worstList } from 'voiceprint-web';
import type { Analysis } from './store.js';

/** The models that the site lets choose from, the first of them by default. */
export const SHIPPED_MODELS = ['default', 'compact'] as const;

export type ShippedModel = (typeof SHIPPED_MODELS)[number];

/** What a model cost when it was used last in this tab. */
export interface ModelCost {
  readonly bytes: number;
  /** Time of the encoder over the length of the speech; undefined before anything was heard. */
  readonly encoderShare: number | undefined;
  /** Share of honest attempts that are refused at the default false-accept rate, on the worst list. */
  readonly falseRejectRate: number | undefined;
}

const CHOICE = 'demo-model';
const cost = (name: ShippedModel) => `demo-model-cost-${name}`;

function isShipped(name: string | null): name is ShippedModel {
  return SHIPPED_MODELS.some((shipped) => shipped === name);
}

/** `?model=compact`, else what was chosen before, else the first. */
export function chosenModel(): ShippedModel {
  const asked = new URLSearchParams(location.search).get('model');
  if (isShipped(asked)) return asked;
  const stored = read(CHOICE);
  return isShipped(stored) ? stored : SHIPPED_MODELS[0];
}

/** Remembers a choice and loads the page again with it. */
export function chooseModel(name: ShippedModel): void {
  write(CHOICE, name);
  const address = new URL(location.href);
  address.searchParams.delete('model');
  if (address.href === location.href) location.reload();
  else location.replace(address);
}

/** Notes what the model in use costs, and gives what is known of each. */
export function modelCosts(
  { model }: Verifier,
  analysis: Analysis | undefined,
  falseAcceptRate: number,
): ReadonlyMap<ShippedModel, ModelCost> {
  const costs = new Map<ShippedModel, ModelCost>();
  for (const name of SHIPPED_MODELS) {
    const before = known(name);
    const now = name === chosenModel() ? costOf(model, analysis, falseAcceptRate, before) : before;
    if (now === undefined) continue;
    costs.set(name, now);
    write(cost(name), JSON.stringify(now));
  }
  return costs;
}

function costOf(
  { bytes, thresholds }: Verifier['model'],
  analysis: Analysis | undefined,
  falseAcceptRate: number,
  before: ModelCost | undefined,
): ModelCost {
  const { timings, quality } = analysis ?? {};
  const threshold = thresholds.find((entry) => entry.falseAcceptRate === falseAcceptRate);
  const heard = timings !== undefined && quality !== undefined && quality.speechSeconds > 0;
  return {
    bytes,
    encoderShare: heard ? timings.encoder / 1000 / quality.speechSeconds : before?.encoderShare,
    falseRejectRate: threshold && worstList(threshold)?.falseRejectRate,
  };
}

function known(name: ShippedModel): ModelCost | undefined {
  const text = read(cost(name));
  return text === null ? undefined : JSON.parse(text);
}

function read(key: string): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    sessionStorage.setItem(key, value);
  } catch {
    // Blocked site data: the choice holds for this page only.
  }
}
