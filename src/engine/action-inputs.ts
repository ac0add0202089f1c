import type { ErrorDetails, InputArtifact } from '../contract/generated.ts';
import type { ArtifactInstance } from '../model/execution.ts';
import type { Configuration } from '../model/pipeline.ts';
import type { ExecutionSnapshot } from '../model/snapshot.ts';
import { resolveConfiguration, variablesOf } from './variables.ts';

/** Resolved configuration of one action, keys and values in UTF-16 units (behaviour B.6: 100 KB). */
const maxResolvedConfiguration = 100 * 1024;

/** What an action or a rule works with, and why it cannot start with that, if it cannot. */
export interface ActionInputs {
  resolvedConfiguration: Configuration;
  inputArtifacts: ArtifactInstance[];
  error?: ErrorDetails;
}

/** Resolves the configuration and finds the input artifacts, both as the execution has them now. */
export function resolveInputs(
  execution: ExecutionSnapshot,
  declared: { configuration: Configuration; inputArtifacts: InputArtifact[] },
): ActionInputs {
  const { resolved, unresolved } = resolveConfiguration(declared.configuration, variablesOf(execution));
  const produced = producedArtifacts(execution);
  const missing = declared.inputArtifacts.filter(({ name }) => !produced.has(name)).map(({ name }) => name);
  const message = obstacle(unresolved, missing, resolved);
  return {
    resolvedConfiguration: resolved,
    inputArtifacts: declared.inputArtifacts.flatMap(({ name }) => produced.get(name) ?? []),
    error: message === undefined ? undefined : { code: 'ConfigurationError', message },
  };
}

function obstacle(unresolved: string[], missing: string[], resolved: Configuration): string | undefined {
  if (unresolved.length > 0) return `The following variables could not be resolved: ${unresolved.join(', ')}`;
  if (missing.length > 0) return `The following input artifacts have not been produced: ${missing.join(', ')}`;
  return sizeOf(resolved) > maxResolvedConfiguration
    ? `The resolved configuration is larger than ${maxResolvedConfiguration} characters.`
    : undefined;
}

/** Each artifact of the execution as its successful producer left it, or as it came into a rollback. */
function producedArtifacts(execution: ExecutionSnapshot): Map<string, ArtifactInstance> {
  const producers = execution.actions.filter(({ status, isRetried }) => status === 'Succeeded' && !isRetried);
  const produced = producers.flatMap(({ start }) => start.outputArtifacts);
  return new Map([...(execution.rollback?.artifacts ?? []), ...produced].map((artifact) => [artifact.name, artifact]));
}

function sizeOf(configuration: Configuration): number {
  return Object.entries(configuration).reduce(
    (size, [key, value]) => size + key.length + (typeof value === 'string' ? value.length : 0),
    0,
  );
}
