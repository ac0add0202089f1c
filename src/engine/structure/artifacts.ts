import { declaredRules, type StoredStage } from '../../model/pipeline.ts';
import { firstRepeated, type StructureInput, type StructureRefusal, type StructureRule } from './structure-rule.ts';

/** Rules about the Regions of actions and rules: each needs an artifact store. */
export const regionRules: StructureRule[] = [
  ({ declaration: { stages, artifactStore }, region }) =>
    artifactStore && regionsOf(stages).some((used) => used !== region)
      ? {
          refuse: 'ValidationException',
          message:
            "Your pipeline contains actions in more than one region. Use 'pipeline.artifactStores' instead of 'pipeline.artifactStore' to declare an artifact store, such as an artifact bucket, for each region where you have an action.",
        }
      : undefined,
  ({ declaration: { stages, artifactStores }, region }) => {
    const used = artifactStores ? [region, ...regionsOf(stages)] : [];
    const missing = used.find((name) => !Object.hasOwn(artifactStores ?? {}, name));
    return missing === undefined
      ? undefined
      : {
          refuse: 'ValidationException',
          message: `Your pipeline must have an artifact store, such as an artifact bucket, for each region where you have an action. The following region is missing in 'pipeline.artifactStores': ${missing}.`,
        };
  },
];

/** Rules about artifact stores and about which artifacts an action may take (behaviour B.2). */
export const artifactRules: StructureRule[] = [
  ({ declaration: { artifactStore, artifactStores } }) =>
    (artifactStore === undefined) === (artifactStores === undefined)
      ? {
          refuse: 'InvalidStructureException',
          message: 'A pipeline must declare exactly one of artifactStore and artifactStores.',
        }
      : undefined,
  ({ declaration: { stages } }) => {
    const twice = firstRepeated(
      stages.flatMap(({ actions }) =>
        actions.flatMap(({ outputArtifacts }) => outputArtifacts.map(({ name }) => name)),
      ),
    );
    return twice === undefined
      ? undefined
      : {
          refuse: 'InvalidActionDeclarationException',
          message: `Output artifact names must be unique across the pipeline. The following is used more than once: ${twice}`,
        };
  },
  checkInputsAreProduced,
];

/** The Regions that actions and rules name. */
function regionsOf(stages: StoredStage[]): string[] {
  const actions = stages.flatMap((stage) => stage.actions);
  return [...actions, ...declaredRules(stages)].flatMap(({ region }) => region ?? []);
}

function checkInputsAreProduced({ declaration }: StructureInput): StructureRefusal | undefined {
  const earlierStages = new Set<string>();
  for (const stage of declaration.stages) {
    for (const action of stage.actions) {
      const siblings = stage.actions.filter(({ runOrder }) => runOrder < action.runOrder);
      const isProduced = (wanted: string) =>
        earlierStages.has(wanted) ||
        siblings.some(({ outputArtifacts }) => outputArtifacts.some(({ name }) => name === wanted));
      const missing = action.inputArtifacts.find(({ name }) => !isProduced(name));
      if (missing) {
        return {
          refuse: 'InvalidActionDeclarationException',
          message: `Action '${action.name}' in stage '${stage.name}' takes the input artifact '${missing.name}', which no earlier action produces.`,
        };
      }
    }
    for (const { outputArtifacts } of stage.actions) for (const { name } of outputArtifacts) earlierStages.add(name);
  }
  return undefined;
}
