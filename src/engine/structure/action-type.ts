import type { ActionConfigurationProperty, ActionType, ActionTypeDeclaration } from '../../contract/generated.ts';
import { catalogued, isPublic } from '../../model/registered-type.ts';

/** Says why AWS refuses an action type, in its words where they are known (operations 3.6). */
export function actionTypeMistake(type: Omit<ActionType, 'id'>): string | undefined {
  for (const { minimumCount, maximumCount } of [type.inputArtifactDetails, type.outputArtifactDetails]) {
    if (maximumCount < minimumCount) {
      return `Maximum Number of Artifacts (${maximumCount}) has to be greater than or equal to minimum (${minimumCount}).`;
    }
  }
  return propertyMistake(type.actionConfigurationProperties ?? []);
}

function propertyMistake(properties: ActionConfigurationProperty[]): string | undefined {
  const names = properties.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `Configuration property '${twice}' is declared more than once.`;
  const queryable = properties.filter((property) => property.queryable);
  if (queryable.length > 1) {
    return `Multiple queryable configuration properties found with names '${queryable.map(({ name }) => name).join(', ')}'. Up to one queryable property may be specified.`;
  }
  const [property] = queryable;
  if (!property || (property.required && !property.secret)) return undefined;
  return `Invalid queryable property '${property.name}'. Queryable configuration properties must be required and non-secret.`;
}

/** Says why a type in the integration model's shape cannot be registered here (behaviour A.12). */
export function declarationMistake(declaration: ActionTypeDeclaration): string | undefined {
  const { type, configuration } = declaration.executor;
  if (declaration.id.owner !== 'ThirdParty') {
    return `Action types with owner '${declaration.id.owner}' cannot be registered: no operation of the API hands out their jobs. Use the owner ThirdParty.`;
  }
  if (type !== 'JobWorker' || configuration.lambdaExecutorConfiguration) {
    return 'This server cannot invoke AWS Lambda functions. Use an executor of the type JobWorker.';
  }
  if (!configuration.jobWorkerExecutorConfiguration) {
    return 'The executor of the type JobWorker needs a jobWorkerExecutorConfiguration; it may be empty.';
  }
  if (configuration.jobWorkerExecutorConfiguration.pollingServicePrincipals) {
    return 'This server has no service principals. Name the accounts of the job workers in pollingAccounts instead.';
  }
  return actionTypeMistake(catalogued(declaration).definition);
}

/** Says what an update of a public type would break in pipelines of other accounts (behaviour A.12). */
export function publicChangeMistake(
  current: ActionTypeDeclaration,
  revised: ActionTypeDeclaration,
): string | undefined {
  if (!isPublic(current)) return undefined;
  const wasRequired = new Set((current.properties ?? []).filter(({ optional }) => !optional).map(({ name }) => name));
  const property = (revised.properties ?? []).find(({ name, optional }) => !optional && !wasRequired.has(name));
  if (!property) return undefined;
  const isKnown = current.properties?.some(({ name }) => name === property.name);
  return isKnown
    ? `The property '${property.name}' of a public action type is optional and cannot become required.`
    : `The property '${property.name}' is required: only optional properties can be added to a public action type.`;
}
