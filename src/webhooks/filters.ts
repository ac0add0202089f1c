import { setImmediate as nextTurn } from 'node:timers/promises';
import { pause, readJsonPath, type SearchBudget } from '../api/codepipeline/webhooks/json-path.ts';
import type { WebhookFilterRule } from '../contract/generated.ts';
import type { Configuration } from '../model/pipeline.ts';

/**
 * Steps that the filters of one event may take together; half a second at most as measured. A payload of a megabyte has
 * some 30,000 elements, and only `..`, `*` and `[?…]` look at more of them than they name.
 */
const maxSteps = 500_000;

/**
 * Whether every filter lets the event through (behaviour C.13): its path selects something, or with `matchEquals` a
 * value whose text is that one. Placeholders `{Key}` in it stand for the target action's configuration. Rejects
 * with `JsonPathError` and `SearchBudgetError`. A long search lets others have their turn.
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

/** A key that the action does not have stays as it stands. So does a secret one: who can guess must not be told. */
function fillPlaceholders(text: string, configuration: Configuration): string {
  return text.replace(/\{([^{}]+)\}/g, (placeholder, key: string) => {
    const value = Object.hasOwn(configuration, key) ? configuration[key] : undefined;
    return typeof value === 'string' ? value : placeholder;
  });
}

/** Objects and lists equal no text. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null ? undefined : String(value);
}
