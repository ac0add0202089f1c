import type { Configuration } from '../../model/pipeline.ts';
import type { ExecutionSnapshot } from '../../model/snapshot.ts';
import { variableReference } from '../../model/variable-reference.ts';

/** Returns what an action can refer to: `codepipeline`, `variables`, and the namespaces of succeeded actions. */
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
  /** As declared if the resolved one is too large. */
  resolved: Configuration;
  /** References to unknown variables, without repetitions. */
  unresolved: string[];
  isTooLarge: boolean;
}

/**
 * Replaces the references in a configuration, not recursively. The length is counted before the texts are joined, since
 * a few references to a long value could fill the memory. Sealed secrets are not resolved. With `keepsUnknownNamespaces`
 * a reference to one is text, such as `#{name.upcase}` in a Ruby command.
 */
export function resolveConfiguration(
  configuration: Configuration,
  scope: Map<string, Map<string, string>>,
  mostCharacters: number,
  options: { keepsUnknownNamespaces?: boolean } = {},
): Resolution {
  const unresolved = new Set<string>();
  const resolved: Configuration = {};
  let left = mostCharacters;
  for (const [key, value] of Object.entries(configuration)) {
    left -= writtenLength(key);
    const pieces = typeof value === 'string' ? piecesOf(value, scope, unresolved, options) : [];
    for (const piece of pieces) {
      left -= writtenLength(piece);
      if (left < 0) break;
    }
    if (left < 0) return { resolved: configuration, unresolved: [...unresolved], isTooLarge: true };
    resolved[key] = typeof value === 'string' ? pieces.join('') : value;
  }
  return { resolved, unresolved: [...unresolved], isTooLarge: false };
}

/** Returns the length in JSON, the form that is stored and sent, where a control character takes six characters. */
function writtenLength(text: string): number {
  return JSON.stringify(text).length - 2;
}

/** Splits a value into its literal and resolved parts. */
function piecesOf(
  value: string,
  scope: Map<string, Map<string, string>>,
  unresolved: Set<string>,
  { keepsUnknownNamespaces = false }: { keepsUnknownNamespaces?: boolean },
): string[] {
  const pieces: string[] = [];
  let end = 0;
  for (const { 0: text, 1: namespace = '', 2: key = '', index } of value.matchAll(variableReference)) {
    const variables = scope.get(namespace);
    const known = variables?.get(key);
    if (known === undefined && (variables || !keepsUnknownNamespaces)) unresolved.add(text);
    pieces.push(value.slice(end, index), known ?? text);
    end = index + text.length;
  }
  return [...pieces, value.slice(end)];
}
