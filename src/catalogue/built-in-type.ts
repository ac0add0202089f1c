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

/** The fewest and the most artifacts an action of the type may declare. */
export type Bounds = readonly [fewest: number, most: number];

/** What is particular about a built-in type; what is left out is the usual. */
export interface BuiltInParts {
  category: ActionCategory;
  provider: string;
  /** AWS unless said otherwise. */
  owner?: Exclude<ActionOwner, 'Custom'>;
  /** None unless said otherwise. */
  inputs?: Bounds;
  /** None unless said otherwise. */
  outputs?: Bounds;
  properties: ActionConfigurationProperty[];
  settings?: ActionTypeSettings;
  attributes?: ActionTypeAttributes;
  /** 1 h unless said otherwise (behaviour A.8). */
  timeoutMs?: number;
}

/** A type of the catalogue, version 1. */
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

/** Bounds as the API writes them. */
export function artifactDetails([fewest, most]: Bounds = [0, 0]): ArtifactDetails {
  return { minimumCount: fewest, maximumCount: most };
}
