import type { ArtifactStore, PipelineDeclaration } from '../contract/generated.ts';

type Declaration = PipelineDeclaration;
type Action = Declaration['stages'][number]['actions'][number];

/**
 * Returns the declaration that a throw-away server creates: variables have their given values, buckets have names that S3
 * takes, and nothing else starts it. `mistakes` name variables that are not declared or have no value.
 */
export function fitDeclaration(
  declaration: Declaration,
  values: Readonly<Record<string, string>>,
): { declaration: Declaration; mistakes: string[] } {
  const { triggers: _, artifactStore, artifactStores, variables = [], ...rest } = declaration;
  const declared = variables.map(({ name }) => name);
  const undeclared = Object.keys(values).filter((name) => !declared.includes(name));
  const valued = variables.map((variable) =>
    Object.hasOwn(values, variable.name) ? { ...variable, defaultValue: values[variable.name] ?? '' } : variable,
  );
  const mistakes = [
    ...undeclared.map((name) => `--variable ${name}: the pipeline declares ${listed(declared)}.`),
    ...valued
      .filter(({ defaultValue }) => defaultValue === undefined)
      .map(({ name }) => `The variable '${name}' has no default: give --variable ${name}=VALUE.`),
  ];
  return {
    declaration: {
      ...rest,
      ...(artifactStore && { artifactStore: withBucket(artifactStore) }),
      ...(artifactStores && {
        artifactStores: Object.fromEntries(
          Object.entries(artifactStores).map(([region, store]) => [region, withBucket(store)]),
        ),
      }),
      stages: rest.stages.map((stage) => ({ ...stage, actions: stage.actions.map(withBuckets) })),
      ...(valued.length > 0 && { variables: valued }),
    },
    mistakes,
  };
}

/** Lists the buckets that a declaration names: of artifacts, and those that S3 deploy writes to. */
export function neededBuckets({ artifactStore, artifactStores = {}, stages, variables = [] }: Declaration): string[] {
  const values = new Map(variables.map(({ name, defaultValue = '' }) => [name, defaultValue]));
  const deployed = stages
    .flatMap(({ actions }) => actions)
    .filter(isS3Deploy)
    .map(({ configuration }) => withValues(configuration?.BucketName ?? '', values));
  const stores = [artifactStore, ...Object.values(artifactStores)].flatMap((store) => store?.location ?? []);
  return [...new Set([...stores, ...deployed])].filter((name) => isBucketName.test(name));
}

const isBucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

function isS3Deploy({ actionTypeId }: Action): boolean {
  return actionTypeId.category === 'Deploy' && actionTypeId.provider === 'S3';
}

function withBuckets(action: Action): Action {
  const { configuration } = action;
  const bucket = configuration?.BucketName;
  if (!isS3Deploy(action) || bucket === undefined || bucket.includes('#{')) return action;
  return { ...action, configuration: { ...configuration, BucketName: bucketName(bucket) } };
}

function withBucket(store: ArtifactStore): ArtifactStore {
  return { ...store, location: bucketName(store.location) };
}

/** Makes a name of a bucket from a text of a template, such as one for a name that only AWS knows. */
function bucketName(text: string): string {
  if (isBucketName.test(text)) return text;
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replaceAll(/^-|-$/g, '');
  return isBucketName.test(name) ? name : text;
}

function withValues(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(
    /#\{variables\.([A-Za-z0-9@_-]+)\}/g,
    (reference, name: string) => values.get(name) ?? reference,
  );
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'no variables' : names.join(', ');
}
