import type { PipelineDeclaration } from '../contract/generated.ts';

/** Which part of a pipeline runs. */
export interface Selection {
  /** Names of stages; none means all. Stages with source actions always run. */
  only: readonly string[];
  /** Stages by their name and actions by `Action` or `Stage/Action` that are left out. */
  skip: readonly string[];
}

type Stage = PipelineDeclaration['stages'][number];

/** Takes stages and actions out of a declaration; `mistakes` say which names are wrong and what is missing then. */
export function selectActions(
  declaration: PipelineDeclaration,
  { only, skip }: Selection,
): { declaration: PipelineDeclaration; mistakes: string[] } {
  const { stages } = declaration;
  const mistakes = [
    ...only
      .filter((name) => !stages.some((stage) => stage.name === name))
      .map((name) => unknown('--only', name, stages)),
    ...skip
      .filter((name) => !stages.some((stage) => isNamed(stage, name)))
      .map((name) => unknown('--skip', name, stages)),
  ];
  const kept = stages
    .filter((stage) => only.length === 0 || only.includes(stage.name) || isSource(stage))
    .filter(({ name }) => !skip.includes(name))
    .map((stage) => ({
      ...stage,
      actions: stage.actions.filter(({ name }) => !skip.includes(name) && !skip.includes(`${stage.name}/${name}`)),
    }))
    .filter(({ actions }) => actions.length > 0);
  return { declaration: { ...declaration, stages: kept }, mistakes: [...mistakes, ...missingArtifacts(kept, stages)] };
}

function isSource({ actions }: Stage): boolean {
  return actions.some(({ actionTypeId }) => actionTypeId.category === 'Source');
}

function isNamed(stage: Stage, name: string): boolean {
  return (
    stage.name === name ||
    stage.actions.some((action) => action.name === name || `${stage.name}/${action.name}` === name)
  );
}

function unknown(option: string, name: string, stages: readonly Stage[]): string {
  const stageNames = stages.map((stage) => stage.name);
  const actionNames = [...new Set(stages.flatMap(({ actions }) => actions.map((action) => action.name)))];
  const expected = option === '--only' ? stageNames : [...stageNames, ...actionNames];
  return `${option} ${name}: there is no such ${option === '--only' ? 'stage' : 'stage or action'}; there are ${expected.join(', ')}.`;
}

/** Says which kept actions take an artifact of one that was left out. */
function missingArtifacts(kept: readonly Stage[], all: readonly Stage[]): string[] {
  const outputsOf = (stages: readonly Stage[]) =>
    new Map(
      stages.flatMap(({ actions }) =>
        actions.flatMap(({ name, outputArtifacts = [] }) =>
          outputArtifacts.map((output) => [output.name, name] as const),
        ),
      ),
    );
  const there = outputsOf(kept);
  const producers = outputsOf(all);
  return kept.flatMap(({ actions }) =>
    actions.flatMap(({ name, inputArtifacts = [] }) =>
      inputArtifacts
        .filter((input) => !there.has(input.name) && producers.has(input.name))
        .map(
          (input) =>
            `'${name}' takes the artifact '${input.name}', but '${producers.get(input.name)}' that makes it does not run.`,
        ),
    ),
  );
}
