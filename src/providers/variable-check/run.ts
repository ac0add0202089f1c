import type { Job } from '../../contract/generated.ts';
import { JobFailure } from '../../worker/job-failure.ts';
import type { JobOutcome } from '../../worker/loop/job-source.ts';
import { configurationOf, requiredValue } from '../job-reading.ts';
import type { ProviderTools } from '../provider.ts';
import { matchesJavaPattern } from './java-pattern.ts';

/** One way to compare, and how its outcome reads after `The variable has the value "x", which`. */
interface Comparison {
  holds(variable: string, value: string, signal: AbortSignal): boolean | Promise<boolean>;
  yes: string;
  no: string;
}

const equals: Comparison = { holds: (variable, value) => variable === value, yes: 'equals', no: 'does not equal' };

const comparisons = new Map<string, Comparison>([
  ['EQ', equals],
  ['NE', { holds: (variable, value) => variable !== value, yes: equals.no, no: equals.yes }],
  ['CONTAINS', { holds: (variable, value) => variable.includes(value), yes: 'contains', no: 'does not contain' }],
  [
    'MATCHES',
    {
      holds: matchesJavaPattern,
      yes: 'matches the regular expression',
      no: 'does not match the regular expression',
    },
  ],
]);

/** Longest part of a value that a summary or a failure repeats. */
const maxShownChars = 200;

/** Succeeds when the resolved variable compares to the value as the operator says (behaviour C.8). */
export async function runVariableCheck(job: Job, { signal }: Pick<ProviderTools, 'signal'>): Promise<JobOutcome> {
  const operator = requiredValue(job, 'Operator');
  const variable = resolvedText(job, 'Variable');
  const value = resolvedText(job, 'Value');
  const comparison = comparisons.get(operator);
  if (!comparison) {
    const known = [...comparisons.keys()].join(', ');
    throw new JobFailure('ConfigurationError', `Operator has to be one of ${known}, not ${shown(operator)}.`);
  }
  const holds = await comparison.holds(variable, value, signal);
  const summary = `The variable has the value ${shown(variable)}, which ${holds ? comparison.yes : comparison.no} ${shown(value)}.`;
  if (!holds) throw new JobFailure('JobFailed', summary);
  return { status: 'Succeeded', executionDetails: { summary, percentComplete: 100 } };
}

/** A value that may have become empty when its variables were replaced. */
function resolvedText(job: Job, name: string): string {
  return configurationOf(job)[name] ?? requiredValue(job, name);
}

function shown(text: string): string {
  return `"${text.length > maxShownChars ? `${text.slice(0, maxShownChars)}…` : text}"`;
}
