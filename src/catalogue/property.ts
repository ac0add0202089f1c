import type { ActionConfigurationProperty } from '../contract/generated.ts';

/** Declares a required property. Like all such properties in AWS's samples it is a key, unless it is secret. */
export function required(name: string, description: string): ActionConfigurationProperty {
  return { name, description, required: true, key: true, secret: false };
}

/**
 * Declares an optional property, which for some types is required under conditions that the catalogue cannot express.
 */
export function optional(name: string, description: string): ActionConfigurationProperty {
  return { name, description, required: false, key: false, secret: false };
}

/** Declares an optional property that is a key. */
export function optionalKey(name: string, description: string): ActionConfigurationProperty {
  return { ...optional(name, description), key: true };
}

/** Declares a required property whose value is stored sealed and masked in responses. */
export function secret(name: string, description: string): ActionConfigurationProperty {
  return { name, description, required: true, key: false, secret: true };
}
