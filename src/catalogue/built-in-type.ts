import type {
  ActionCategory,
  ActionConfigurationProperty,
  ActionOwner,
  ActionTypeSettings,
  ArtifactDetails,
} from '../contract/generated.ts';
import type { ActionTypeAttributes, CataloguedActionType } from '../model/action-type.ts';

export const minuteMs = 60 * 1000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** The minimum and maximum number of artifacts that an action may declare. */
export type Bounds = readonly [fewest: number, most: number];

/** What distinguishes a built-in type from the defaults. */
export interface BuiltInParts {
  category: ActionCategory;
  provider: string;
  /** AWS by default. */
  owner?: Exclude<ActionOwner, 'Custom'>;
  /** None by default. */
  inputs?: Bounds;
  /** None by default. */
  outputs?: Bounds;
  properties: ActionConfigurationProperty[];
  settings?: ActionTypeSettings;
  attributes?: ActionTypeAttributes;
  /** 1 h by default (behaviour A.8). */
  timeoutMs?: number;
}

/** Builds a type of the catalogue, version 1. */
export function builtInType(parts: BuiltInParts): CataloguedActionType {
  const { category, owner = 'AWS', provider, settings, attributes, timeoutMs = hourMs } = parts;
  return {
    definition: {
      id: { category, owner, provider, version: '1' },
      ...(settings && { settings }),
      actionConfigurationProperties: parts.properties,
      inputArtifactDetails: artifactDetails(parts.inputs),
      outputArtifactDetails: artifactDetails(parts.outputs),
    },
    timeoutMs,
    ...(attributes && { attributes }),
  };
}

/** Converts bounds to the API's shape. */
export function artifactDetails([fewest, most]: Bounds = [0, 0]): ArtifactDetails {
  return { minimumCount: fewest, maximumCount: most };
}
