import type { ErrorDetails, InputArtifact } from '../../contract/generated.ts';
import type { ArtifactInstance, ComputeWork } from '../../model/execution.ts';
import type { Configuration } from '../../model/pipeline.ts';
import type { ExecutionSnapshot } from '../../model/snapshot.ts';
import { type DeclaredCompute, resolveCompute } from './compute-work.ts';
import { type Resolution, resolveConfiguration, variablesOf } from './variables.ts';

/** The most characters of JSON that an action's resolved keys and values may have: 100 KB (behaviour B.6). */
export const maxResolvedConfiguration = 100 * 1024;

/** The most references that an error lists. */
const mostNamed = 20;

/** What an action or a rule starts with, or why it cannot start. */
export interface ActionInputs {
  resolvedConfiguration: Configuration;
  compute?: ComputeWork;
  inputArtifacts: ArtifactInstance[];
  error?: ErrorDetails;
}

/** Resolves the configuration and what to run, each up to `mostCharacters`, and finds the input artifacts. */
export function resolveInputs(
  execution: ExecutionSnapshot,
  declared: DeclaredCompute & { configuration: Configuration; inputArtifacts: InputArtifact[] },
  mostCharacters = maxResolvedConfiguration,
): ActionInputs {
  const scope = variablesOf(execution);
  const resolution = resolveConfiguration(declared.configuration, scope, mostCharacters);
  const { compute, ...work } = resolveCompute(declared, scope, mostCharacters);
  const produced = producedArtifacts(execution);
  const missing = declared.inputArtifacts.filter(({ name }) => !produced.has(name)).map(({ name }) => name);
  const unresolved = [...resolution.unresolved, ...work.unresolved];
  const isTooLarge = resolution.isTooLarge || work.isTooLarge;
  const message = obstacle({ unresolved, isTooLarge }, missing, mostCharacters);
  return {
    resolvedConfiguration: resolution.resolved,
    compute,
    inputArtifacts: declared.inputArtifacts.flatMap(({ name }) => produced.get(name) ?? []),
    error: message === undefined ? undefined : { code: 'ConfigurationError', message },
  };
}

function obstacle(
  { unresolved, isTooLarge }: Omit<Resolution, 'resolved'>,
  missing: string[],
  mostCharacters: number,
): string | undefined {
  if (unresolved.length > 0) return `The following variables could not be resolved: ${listOf(unresolved)}`;
  if (missing.length > 0) return `The following input artifacts have not been produced: ${listOf(missing)}`;
  if (!isTooLarge) return undefined;
  const why =
    mostCharacters < maxResolvedConfiguration
      ? ', which is its share of what the actions of its stage may have together'
      : '';
  return `The resolved configuration is larger than ${mostCharacters} characters${why}.`;
}

function listOf(names: string[]): string {
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : '';
  return `${names.slice(0, mostNamed).join(', ')}${more}`;
}

/** Returns the artifacts that successful actions produced, and those that a rollback started with. */
function producedArtifacts(execution: ExecutionSnapshot): Map<string, ArtifactInstance> {
  const producers = execution.actions.filter(({ status, isRetried }) => status === 'Succeeded' && !isRetried);
  const produced = producers.flatMap(({ start }) => start.outputArtifacts);
  return new Map([...(execution.rollback?.artifacts ?? []), ...produced].map((artifact) => [artifact.name, artifact]));
}
