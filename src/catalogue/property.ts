import type { ActionConfigurationProperty } from '../contract/generated.ts';

/**
 * A property that each action of the type must set. It is a key, as AWS's own samples mark every required property
 * that is not secret. Rule properties have the same shape.
 */
export function required(name: string, description: string): ActionConfigurationProperty {
  return { name, description, required: true, key: true, secret: false };
}

/** A property that may be left out, for some types only under conditions that the catalogue cannot state. */
export function optional(name: string, description: string): ActionConfigurationProperty {
  return { name, description, required: false, key: false, secret: false };
}

/** An optional property that nevertheless names what is acted upon. */
export function optionalKey(name: string, description: string): ActionConfigurationProperty {
  return { ...optional(name, description), key: true };
}

/** A required property whose value is stored sealed and never read back. */
export function secret(name: string, description: string): ActionConfigurationProperty {
  return { name, description, required: true, key: false, secret: true };
}
