import type { EnvironmentVariable, OutputArtifact } from '../../contract/generated.ts';
import type { ComputeWork } from '../../model/execution.ts';
import { resolveConfiguration } from './variables.ts';

/** The members of an action or a rule that say what it runs. */
export interface DeclaredCompute {
  commands?: string[];
  environmentVariables?: EnvironmentVariable[];
  outputVariables?: string[];
  outputArtifacts?: OutputArtifact[];
}

/** What an action runs, and what its commands and variables refer to in vain. */
interface ResolvedCompute {
  compute: ComputeWork | undefined;
  unresolved: string[];
  isTooLarge: boolean;
}

/**
 * Resolves what an action or a rule runs; `compute` is undefined if it runs nothing. References are replaced in commands
 * and in the values of environment variables; unlike those of a configuration they may be meant for another language.
 */
export function resolveCompute(
  { commands = [], environmentVariables = [], outputVariables = [], outputArtifacts = [] }: DeclaredCompute,
  scope: Map<string, Map<string, string>>,
  mostCharacters: number,
): ResolvedCompute {
  if (commands.length === 0) return { compute: undefined, unresolved: [], isTooLarge: false };
  const texts = Object.fromEntries([...commands, ...environmentVariables.map(({ value }) => value)].entries());
  const { resolved, unresolved, isTooLarge } = resolveConfiguration(texts, scope, mostCharacters, {
    keepsUnknownNamespaces: true,
  });
  const textAt = (index: number) => String(resolved[index]);
  const { files } = outputArtifacts[0] ?? {};
  return {
    compute: {
      commands: commands.map((_command, index) => textAt(index)),
      environmentVariables: environmentVariables.map((variable, index) => ({
        ...variable,
        value: textAt(commands.length + index),
      })),
      outputVariables,
      ...(files && { files }),
    },
    unresolved,
    isTooLarge,
  };
}
