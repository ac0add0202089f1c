import type {
  ActionConfigurationProperty,
  ArtifactDetails,
  RuleConfigurationProperty,
} from '../../contract/generated.ts';
import type { Configuration } from '../../model/pipeline.ts';

/** Says how a configuration violates the properties of its type, as the end of a sentence. */
export function configurationMistake(
  configuration: Configuration,
  properties: readonly (ActionConfigurationProperty | RuleConfigurationProperty)[] = [],
): string | undefined {
  const missing = properties.find(({ name, required }) => required && !Object.hasOwn(configuration, name));
  if (missing) return `is missing required configuration '${missing.name}'`;
  const known = new Set(properties.map(({ name }) => name));
  const unknown = Object.keys(configuration).find((key) => !known.has(key));
  return unknown === undefined ? undefined : `contains unknown configuration '${unknown}'`;
}

/** Says how a number of artifacts violates the bounds of its type, as the end of a sentence. */
export function countMistake(
  side: 'input' | 'output',
  count: number,
  { minimumCount, maximumCount }: ArtifactDetails,
): string | undefined {
  const declares = `declares ${count} ${side} artifacts which is`;
  if (count < minimumCount) return `${declares} less than the minimum count (${minimumCount})`;
  return count > maximumCount ? `${declares} more than the maximum count (${maximumCount})` : undefined;
}
