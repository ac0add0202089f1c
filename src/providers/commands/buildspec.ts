import type { ComputeWork } from '../../model/execution.ts';

/**
 * Returns the buildspec that runs the commands of an action one after the other, exports its output variables and, if it
 * has an output artifact, collects its files: all of them unless it names some. JSON is YAML too.
 */
export function commandsBuildspec(
  { commands, outputVariables, files = ['**/*'] }: ComputeWork,
  { hasOutput }: { hasOutput: boolean },
): string {
  return JSON.stringify(
    {
      version: '0.2',
      ...(outputVariables.length > 0 && { env: { 'exported-variables': outputVariables } }),
      phases: { build: { commands } },
      ...(hasOutput && { artifacts: { files } }),
    },
    // A half of a character is no YAML.
    (_key, value: unknown) => (typeof value === 'string' ? Buffer.from(value).toString() : value),
    2,
  );
}
