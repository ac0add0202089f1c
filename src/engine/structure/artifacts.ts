import { declaredRules, type StoredStage } from '../../model/pipeline.ts';
import {
  firstRefusal,
  firstRepeated,
  invalidAction,
  invalidStructure,
  type StructureRefusal,
  type StructureRule,
} from './structure-rule.ts';

const keepsToOneRegion: StructureRule = ({ declaration: { stages, artifactStore }, region }) =>
  artifactStore && regionsOf(stages).some((used) => used !== region)
    ? invalidRegions(
        "Your pipeline contains actions in more than one region. Use 'pipeline.artifactStores' instead of 'pipeline.artifactStore' to declare an artifact store, such as an artifact bucket, for each region where you have an action.",
      )
    : undefined;

const hasStoreInEachRegion: StructureRule = ({ declaration: { stages, artifactStores }, region }) => {
  const used = artifactStores ? [region, ...regionsOf(stages)] : [];
  const missing = used.find((name) => !Object.hasOwn(artifactStores ?? {}, name));
  if (missing === undefined) return undefined;
  return invalidRegions(
    `Your pipeline must have an artifact store, such as an artifact bucket, for each region where you have an action. The following region is missing in 'pipeline.artifactStores': ${missing}.`,
  );
};

function invalidRegions(message: string): StructureRefusal {
  return { refuse: 'ValidationException', message };
}

/** Returns the Regions that actions and rules declare. */
function regionsOf(stages: StoredStage[]): string[] {
  const actions = stages.flatMap((stage) => stage.actions);
  return [...actions, ...declaredRules(stages)].flatMap(({ region }) => region ?? []);
}

/** Rules about the Regions of actions and rules: each needs an artifact store. */
export const regionRules: StructureRule[] = [keepsToOneRegion, hasStoreInEachRegion];

const hasOneKindOfStore: StructureRule = ({ declaration: { artifactStore, artifactStores } }) =>
  (artifactStore === undefined) === (artifactStores === undefined)
    ? invalidStructure('A pipeline must declare exactly one of artifactStore and artifactStores.')
    : undefined;

const namesOutputsOnce: StructureRule = ({ declaration: { stages } }) => {
  const outputs = stages.flatMap(({ actions }) => actions.flatMap(({ outputArtifacts }) => outputArtifacts));
  const repeated = firstRepeated(outputs.map(({ name }) => name));
  if (repeated === undefined) return undefined;
  return invalidAction(
    `Output artifact names must be unique across the pipeline. The following is used more than once: ${repeated}`,
  );
};

const producesInputs: StructureRule = ({ declaration }) => {
  const earlierStages = new Set<string>();
  return firstRefusal(declaration.stages, (stage) => {
    const refusal = checkInputs(stage, earlierStages);
    for (const { outputArtifacts } of stage.actions) for (const { name } of outputArtifacts) earlierStages.add(name);
    return refusal;
  });
};

function checkInputs(stage: StoredStage, earlierStages: ReadonlySet<string>): StructureRefusal | undefined {
  return firstRefusal(stage.actions, (action) => {
    const siblings = stage.actions.filter(({ runOrder }) => runOrder < action.runOrder);
    const isProduced = (wanted: string) =>
      earlierStages.has(wanted) ||
      siblings.some(({ outputArtifacts }) => outputArtifacts.some(({ name }) => name === wanted));
    const missing = action.inputArtifacts.find(({ name }) => !isProduced(name));
    if (!missing) return undefined;
    return invalidAction(
      `Action '${action.name}' in stage '${stage.name}' takes the input artifact '${missing.name}', which no earlier action produces.`,
    );
  });
}

/** Rules about artifact stores and the artifacts that actions use (behaviour B.2). */
export const artifactRules: StructureRule[] = [hasOneKindOfStore, namesOutputsOnce, producesInputs];
