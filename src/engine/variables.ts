import type { Configuration } from '../model/pipeline.ts';
import type { ExecutionSnapshot } from '../model/snapshot.ts';
import { variableReference } from '../model/variable-reference.ts';

/** What an action may refer to: `codepipeline`, `variables`, and the namespaces of the actions that succeeded before it. */
export function variablesOf(execution: ExecutionSnapshot): Map<string, Map<string, string>> {
  const scope = new Map<string, Map<string, string>>();
  for (const { name, variables } of execution.rollback?.namespaces ?? []) {
    scope.set(name, new Map(Object.entries(variables)));
  }
  for (const action of execution.actions) {
    if (action.status === 'Succeeded' && !action.isRetried && action.start.namespace !== undefined) {
      scope.set(action.start.namespace, new Map(Object.entries(action.outputVariables ?? {})));
    }
  }
  if (execution.variables.length > 0) {
    scope.set(
      'variables',
      new Map(execution.variables.map(({ name, resolvedValue }) => [name ?? '', resolvedValue ?? ''])),
    );
  }
  scope.set('codepipeline', new Map([['PipelineExecutionId', execution.id]]));
  return scope;
}

/**
 * The configuration with every reference replaced, once and not recursively, and the references that nothing resolves.
 * Sealed secrets are opaque here and stay as they are.
 */
export function resolveConfiguration(
  configuration: Configuration,
  scope: Map<string, Map<string, string>>,
): { resolved: Configuration; unresolved: string[] } {
  const unresolved: string[] = [];
  const replace = (text: string, namespace: string, key: string): string => {
    const value = scope.get(namespace)?.get(key);
    if (value === undefined) unresolved.push(text);
    return value ?? text;
  };
  const resolved = Object.fromEntries(
    Object.entries(configuration).map(([key, value]) => [
      key,
      typeof value === 'string' ? value.replace(variableReference, replace) : value,
    ]),
  );
  return { resolved, unresolved };
}
