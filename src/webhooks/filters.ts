import { setImmediate as nextTurn } from 'node:timers/promises';
import { pause, readJsonPath, type SearchBudget } from '../api/codepipeline/webhooks/json-path.ts';
import type { WebhookFilterRule } from '../contract/generated.ts';
import type { Configuration } from '../model/pipeline.ts';

/**
 * Steps that the filters of one event may take together; at most half a second, as measured. A payload of 1 MB has about
 * 30,000 elements, and only `..`, `*` and `[?…]` visit more of them than they name.
 */
const maxSteps = 500_000;

/**
 * Reports whether the event passes every filter (behaviour C.13): its path selects something, or with `matchEquals` a
 * value equal to that text, in which `{Key}` is a value of the target action's configuration. Yields during a long search.
 * Rejects with `JsonPathError` and `SearchBudgetError`.
 */
export async function passesFilters(
  filters: WebhookFilterRule[],
  event: unknown,
  configuration: Configuration,
): Promise<boolean> {
  const budget = { steps: maxSteps };
  for (const filter of filters) {
    if (!(await passes(filter, event, configuration, budget))) return false;
  }
  return true;
}

async function passes(
  { jsonPath, matchEquals }: WebhookFilterRule,
  event: unknown,
  configuration: Configuration,
  budget: SearchBudget,
): Promise<boolean> {
  const wanted = matchEquals === undefined ? undefined : fillPlaceholders(matchEquals, configuration);
  for (const value of readJsonPath(jsonPath).select(event, budget)) {
    if (value === pause) await nextTurn();
    else if (wanted === undefined || textOf(value) === wanted) return true;
  }
  return false;
}

/** Leaves placeholders for missing keys, and for secrets, since a match would confirm a guess. */
function fillPlaceholders(text: string, configuration: Configuration): string {
  return text.replace(/\{([^{}]+)\}/g, (placeholder, key: string) => {
    const value = Object.hasOwn(configuration, key) ? configuration[key] : undefined;
    return typeof value === 'string' ? value : placeholder;
  });
}

/** Returns the text of a value; undefined for objects and lists, which equal no text. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null ? undefined : String(value);
}
