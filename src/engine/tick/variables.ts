import type { Configuration } from '../../model/pipeline.ts';
import type { ExecutionSnapshot } from '../../model/snapshot.ts';
import { variableReference } from '../../model/variable-reference.ts';

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

/** A configuration with its references replaced. */
export interface Resolution {
  /** As declared when the resolved one would be too large. */
  resolved: Configuration;
  /** The references that nothing resolves, each once. */
  unresolved: string[];
  isTooLarge: boolean;
}

/**
 * Replaces every reference of a configuration, once and not recursively. Characters of keys and values are counted
 * before they are put together: a few references to a long value would make a text that fills the memory. Sealed
 * secrets are opaque here and stay as they are.
 */
export function resolveConfiguration(
  configuration: Configuration,
  scope: Map<string, Map<string, string>>,
  mostCharacters: number,
): Resolution {
  const unresolved = new Set<string>();
  const resolved: Configuration = {};
  let left = mostCharacters;
  for (const [key, value] of Object.entries(configuration)) {
    left -= writtenLength(key);
    const pieces = typeof value === 'string' ? piecesOf(value, scope, unresolved) : [];
    for (const piece of pieces) {
      left -= writtenLength(piece);
      if (left < 0) break;
    }
    if (left < 0) return { resolved: configuration, unresolved: [...unresolved], isTooLarge: true };
    resolved[key] = typeof value === 'string' ? pieces.join('') : value;
  }
  return { resolved, unresolved: [...unresolved], isTooLarge: false };
}

/** As JSON writes it, which is how it is stored and sent: a control character takes six characters there. */
function writtenLength(text: string): number {
  return JSON.stringify(text).length - 2;
}

/** The texts that a value is put together from. */
function piecesOf(value: string, scope: Map<string, Map<string, string>>, unresolved: Set<string>): string[] {
  const pieces: string[] = [];
  let end = 0;
  for (const { 0: text, 1: namespace = '', 2: key = '', index } of value.matchAll(variableReference)) {
    const known = scope.get(namespace)?.get(key);
    if (known === undefined) unresolved.add(text);
    pieces.push(value.slice(end, index), known ?? text);
    end = index + text.length;
  }
  return [...pieces, value.slice(end)];
}
