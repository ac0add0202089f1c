import type { Job } from '../../contract/generated.ts';
import { JobFailure } from '../../worker/job-failure.ts';
import type { JobOutcome } from '../../worker/loop/job-source.ts';
import { configurationOf, requiredValue } from '../job-reading.ts';
import type { Provider, ProviderTools } from '../provider.ts';
import { matchesJavaPattern } from './java-pattern.ts';

/** An operator, and its outcomes as continuations of `The variable has the value "x", which`. */
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

/** Longest part of a value that a summary or failure shows. */
const maxShownChars = 200;

/** This provider; the catalogue says what its configuration holds (behaviour C.8). */
export const variableCheck: Provider = {
  actionTypeId: { category: 'Rule', owner: 'AWS', provider: 'VariableCheck', version: '1' },
  run: runVariableCheck,
};

/** Succeeds if the comparison of the resolved variable with the value holds (behaviour C.8). */
async function runVariableCheck(job: Job, { signal }: Pick<ProviderTools, 'signal'>): Promise<JobOutcome> {
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

/** Returns a value, which may be empty after its variables were resolved. */
function resolvedText(job: Job, name: string): string {
  return configurationOf(job)[name] ?? requiredValue(job, name);
}

function shown(text: string): string {
  return `"${text.length > maxShownChars ? `${text.slice(0, maxShownChars)}…` : text}"`;
}
